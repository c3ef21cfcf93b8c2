"""Converting the columns of a file to those of the source table."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from contextlib import suppress
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nightcast.errors import InputError, first_line
from nightcast.values import to_day
from sql.settings import SourceName
from sql.source.columns import MOMENTS, NUMBERS, moments_as_text
from sql.source.filling import OPTIONAL_KEYS
from tasks.conversion.moments import WallClock, read_format, to_local_days, to_wall_clock
from tasks.conversion.numbers import to_numbers
from tasks.loading.batches import Faults

DAYS_AHEAD = 366
"""How far after the clock the label of a sales period may lie: a year's label can be its last day."""

SHOWN_DATES = 2
"""Unreadable dates in an error message."""


class Converter:
    """Converts the columns of one file to ours.

    Args:
        source_name: the source that the rows belong to.
        columns: the file's column names, keyed by ours.
        timezone: IANA name of the time zone of the visits, and in which periods fall on a day.
        date_format: a ``strptime`` format, None for ISO 8601.
        now: the clock, aware.

    Attributes:
        unreadable_dates: the number of rows with an unreadable date.
        shown_dates: the first `SHOWN_DATES` of these dates.
        date_format: the expected form of a date, in words.
    """

    def __init__(
        self,
        source_name: SourceName,
        columns: Mapping[str, str],
        timezone: str,
        date_format: str | None,
        now: datetime.datetime,
    ) -> None:
        self.unreadable_dates = 0
        self.shown_dates: list[str] = []
        self.date_format = f"in the format {date_format}" if date_format else "an ISO 8601 date or timestamp"
        # Identifiers first, then moments, then numbers: of several faults of a row the first one counts.
        self._columns = sorted(columns.items(), key=lambda item: (item[0] in NUMBERS, item[0] in MOMENTS))
        self._source_name, self._timezone, self._strptime_format, self._now = source_name, timezone, date_format, now

    def convert(self, columns: Mapping[str, pa.Array], faults: Faults) -> pa.Table:
        """Columns by our names; values in rows with a fault are undefined.

        Args:
            columns: the file's columns by their names, each of shape (n,).
            faults: faults of the rows are added to it.
        """
        return pa.table({ours: self._convert(ours, theirs, columns[theirs], faults) for ours, theirs in self._columns})

    def _convert(self, ours: str, theirs: str, column: pa.Array, faults: Faults) -> pa.Array:
        if ours in MOMENTS:
            return self._moments(theirs, column, faults)
        if ours in NUMBERS:
            return _numbers(theirs, column, faults)
        return _identifiers(theirs, column, faults, is_optional=ours in OPTIONAL_KEYS[self._source_name])

    def _moments(self, theirs: str, column: pa.Array, faults: Faults) -> pa.Array:
        if is_text(column.type) or is_number(column.type):
            column = as_texts(column)
            faults.add(np.asarray(pc.equal(pc.utf8_trim_whitespace(column), "")), f"{theirs} is empty")
        return (self._visits if self._source_name == "visits" else self._periods)(theirs, column, faults)

    def _visits(self, theirs: str, column: pa.Array, faults: Faults) -> pa.Array:
        clock = to_wall_clock(self._read(column), self._timezone, self._now)
        self._add_unreadable(theirs, column, clock.unreadable, faults)
        faults.add(clock.future, f"{theirs} is after the clock", theirs)
        return _visited_at(clock)

    def _periods(self, theirs: str, column: pa.Array, faults: Faults) -> pa.Array:
        days = to_local_days(self._read(column), self._timezone, self._timezone, self._now)
        self._add_unreadable(theirs, column, days.unreadable, faults)
        if self._source_name == "sales":
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
                f"--date-format {self._strptime_format!r} is not a valid format: {first_line(error)}.",
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
    faults.add(numbers.unreadable, f"{theirs} is not a number up to 1e15", theirs)
    return pa.array(numbers.value, from_pandas=True)


def _visited_at(clock: WallClock) -> pa.Array:
    """Dates if all are dates, timestamps if none is, else both as text."""
    moments = pa.array(clock.microseconds).cast(pa.timestamp("us"))
    if clock.is_date[~clock.unreadable].all():
        return moments.cast(pa.timestamp("s"), safe=False).cast(pa.date32())
    if not clock.is_date.any():
        return moments
    dates = moments.cast(pa.date32(), safe=False).cast(pa.string())
    return pc.if_else(pa.array(clock.is_date), dates, moments_as_text(moments))


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def is_number(kind: pa.DataType) -> bool:
    """Whether a column of this type holds numbers."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def as_texts(column: pa.Array) -> pa.Array:
    """Any column as text, nulls as empty text; whole numbers have no fraction, even if stored as doubles."""
    if pa.types.is_floating(column.type):
        with suppress(pa.ArrowInvalid):
            column = column.cast(pa.int64())
    try:
        return column.cast(pa.string()).fill_null("")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array(["" if value is None else str(value) for value in column.to_pylist()], pa.string())
