"""The columns of a file as those of the source table, with the rows noted that cannot be read."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nightcast.errors import InputError
from nightcast.values import to_day
from sql.source.columns import MOMENTS, NUMBERS, moments_as_text
from sql.source.filling import OPTIONAL_KEYS, Kind
from tasks.conversion import WallClock, read_format, to_local_days, to_numbers, to_wall_clock
from tasks.loading.faults import Faults
from tasks.loading.messages import first_line
from tasks.loading.texts import as_texts, is_number, is_text

DAYS_AHEAD = 366
"""How far after the clock a sales period may be labelled: a year's label can be its last day."""

SHOWN_DATES = 2


class Converter:
    """Reads one file's columns as ours.

    Args:
        kind: which source the rows are for.
        columns: the file's column names, keyed by ours.
        timezone: IANA name of the zone whose wall clock visits show, and in which periods fall on a day.
        date_format: a ``strptime`` format, None for ISO 8601.
        now: the clock, aware.

    Attributes:
        unreadable_dates: how many rows had a date that cannot be read.
        shown_dates: the first `SHOWN_DATES` of these.
        date_format: what a date has to look like, in words.
    """

    def __init__(
        self, kind: Kind, columns: Mapping[str, str], timezone: str, date_format: str | None, now: datetime.datetime
    ) -> None:
        self.unreadable_dates = 0
        self.shown_dates: list[str] = []
        self.date_format = f"in the format {date_format}" if date_format else "an ISO 8601 date or timestamp"
        # Identifiers first, then moments, then numbers: the order in which a row's faults are told.
        self._columns = sorted(columns.items(), key=lambda item: (item[0] in NUMBERS, item[0] in MOMENTS))
        self._kind, self._timezone, self._strptime_format, self._now = kind, timezone, date_format, now

    def convert(self, columns: Mapping[str, pa.Array], faults: Faults) -> pa.Table:
        """Columns by our names; what stands in rows with a fault has no meaning.

        Args:
            columns: the file's columns by their names, each of shape (n,).
            faults: takes up what is wrong with the rows.
        """
        return pa.table({ours: self._convert(ours, theirs, columns[theirs], faults) for ours, theirs in self._columns})

    def _convert(self, ours: str, theirs: str, column: pa.Array, faults: Faults) -> pa.Array:
        if ours in MOMENTS:
            return self._moments(theirs, column, faults)
        if ours in NUMBERS:
            return _numbers(theirs, column, faults)
        return _identifiers(theirs, column, faults, is_optional=ours in OPTIONAL_KEYS[self._kind])

    def _moments(self, theirs: str, column: pa.Array, faults: Faults) -> pa.Array:
        if is_text(column.type) or is_number(column.type):
            column = as_texts(column)
            faults.add(np.asarray(pc.equal(pc.utf8_trim_whitespace(column), "")), f"{theirs} is empty")
        return (self._visits if self._kind == "visits" else self._periods)(theirs, column, faults)

    def _visits(self, theirs: str, column: pa.Array, faults: Faults) -> pa.Array:
        clock = to_wall_clock(self._read(column), self._timezone, self._now)
        self._add_unreadable(theirs, column, clock.unreadable, faults)
        faults.add(clock.future, f"{theirs} is after the clock", theirs)
        return _visited_at(clock)

    def _periods(self, theirs: str, column: pa.Array, faults: Faults) -> pa.Array:
        days = to_local_days(self._read(column), self._timezone, self._timezone, self._now)
        self._add_unreadable(theirs, column, days.unreadable, faults)
        if self._kind == "sales":
            last = to_day(self._now.astimezone(ZoneInfo(self._timezone)).date()) + DAYS_AHEAD
            faults.add(days.day > last, f"{theirs} is more than {DAYS_AHEAD} days after the clock", theirs)
        return pa.array(days.day).cast(pa.date32())

    def _read(self, column: pa.Array) -> pa.Array:
        if self._strptime_format is None or not is_text(column.type):
            return column
        try:
            return read_format(column, self._strptime_format)
        except ValueError as error:
            raise InputError(
                f"--date-format {self._strptime_format!r} is no format: {first_line(error)}.",
                "Write it like '%d/%m/%Y' or '%Y-%m-%d %H:%M:%S'.",
            ) from None

    def _add_unreadable(self, theirs: str, column: pa.Array, unreadable: NDArray[np.bool_], faults: Faults) -> None:
        fresh = faults.add(unreadable, f"{theirs} is not {self.date_format}", theirs)
        self.unreadable_dates += len(fresh)
        more = fresh[: SHOWN_DATES - len(self.shown_dates)]
        self.shown_dates += as_texts(column.take(more)).to_pylist()


def _identifiers(theirs: str, column: pa.Array, faults: Faults, *, is_optional: bool) -> pa.Array:
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    texts = as_texts(column)
    empty = np.asarray(pc.equal(texts, ""))
    if is_optional:
        texts = pc.if_else(pa.array(empty), pa.scalar(None, pa.string()), texts)
    else:
        faults.add(empty, f"{theirs} is empty")
    faults.add(np.asarray(pc.match_substring(texts, "\0").fill_null(False)), f"{theirs} holds a null character")
    return texts


def _numbers(theirs: str, column: pa.Array, faults: Faults) -> pa.Array:
    numbers = to_numbers(column if is_text(column.type) or is_number(column.type) else as_texts(column))
    faults.add(numbers.unreadable, f"{theirs} is not a finite number", theirs)
    return pa.array(numbers.value, from_pandas=True)


def _visited_at(clock: WallClock) -> pa.Array:
    """Dates where all are, timestamps where none is, texts of either kind in between."""
    moments = pa.array(clock.microseconds).cast(pa.timestamp("us"))
    if clock.is_date[~clock.unreadable].all():
        return moments.cast(pa.timestamp("s"), safe=False).cast(pa.date32())
    if not clock.is_date.any():
        return moments
    dates = moments.cast(pa.date32(), safe=False).cast(pa.string())
    return pc.if_else(pa.array(clock.is_date), dates, moments_as_text(moments))
