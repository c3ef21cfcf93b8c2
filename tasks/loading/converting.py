"""Converting the columns of a file to those of the source table."""

from __future__ import annotations

import datetime
import shlex
from collections import Counter
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nightcast.errors import InputError, first_line
from nightcast.values import to_day
from sql.source.columns import MOMENTS, NUMBERS, moments_as_text
from sql.source.filling import OPTIONAL_KEYS
from sql.types import MOST_CHARACTERS
from tasks.conversion.clock_times import times_of_day
from tasks.conversion.date_formats import NAMED_FORMATS, has_short_year, read_format, short_years
from tasks.conversion.date_proposals import proposed_formats
from tasks.conversion.marks import is_unknown_mark
from tasks.conversion.moments import WallClock, to_local_days, to_wall_clock
from tasks.conversion.number_forms import NumberForm
from tasks.conversion.numbers import to_numbers
from tasks.loading.files.batches import Faults, as_texts, is_number, is_text
from tasks.loading.request import LoadRequest
from tasks.read import is_too_long

DAYS_AHEAD = 366
"""How far after the clock the label of a sales period may lie: a year's label can be its last day."""

NO_NUMBER = "is not a number up to 1e15"
"""Why a number is rejected, behind its column's name."""

SHOWN_DATES = 20
"""Unreadable dates that are kept, to find out their format."""


class Converter:
    """Converts the columns of one file to ours.

    Args:
        request: the file's columns, and the form of its dates.
        number_form: how its numbers are written.
        timezone: IANA name of the time zone of the visits, and in which periods fall on a day.
        now: the clock, aware.

    Attributes:
        unreadable_dates: the number of rows with an unreadable date.
        shown_dates: the first `SHOWN_DATES` different ones of these dates.
        date_format: the expected form of a date, in words.
    """

    def __init__(self, request: LoadRequest, number_form: NumberForm, timezone: str, now: datetime.datetime) -> None:
        self.unreadable_dates = 0
        self.shown_dates: dict[str, None] = {}
        self.date_format = _form_in_words(request.date_format)
        # Identifiers first, then moments, then numbers: of several faults of a row the first one counts.
        self._columns = sorted(request.columns.items(), key=lambda item: (item[0] in NUMBERS, item[0] in MOMENTS))
        self._request, self._number_form, self._timezone, self._now = request, number_form, timezone, now
        self._source_name = request.source_name
        self._marks: Counter[tuple[str, str]] = Counter()

    def notes(self) -> list[str]:
        """What a person should know about the rows so far."""
        notes = [
            f"Rows with {mark!r} as {theirs}: {rows:,}. If that means nobody, leave them out with "
            f"--where {shlex.quote(f'{theirs}!={mark}')}."
            for (theirs, mark), rows in sorted(self._marks.items())
        ]
        if self._request.date_format and has_short_year(self._request.date_format):
            first, last = short_years(self._now)
            notes.append(f"Years of two digits are read as {first} to {last}.")
        if self.unreadable_dates and (remedy := self.date_remedy()):
            notes.append(f"Unreadable dates: {self.unreadable_dates:,}. {remedy}")
        return notes

    def date_remedy(self) -> str:
        """The ``--date-format`` that would read the unreadable dates; empty if none does."""
        shown = list(self.shown_dates)
        formats = [one for one in proposed_formats(shown, self._now) if one != self._request.date_format]
        if len(formats) < 2:
            return "".join(f"Read them with --date-format {shlex.quote(one)}{_explained(one)}." for one in formats)
        readings = {text: [self._day(text, one) for one in formats] for text in shown}
        text, days = max(readings.items(), key=lambda reading: len(set(reading[1])))
        named = (f"{day} with --date-format {shlex.quote(one)}" for day, one in zip(days, formats, strict=True))
        return f"Say which is right: {text!r} is {' or '.join(named)}."

    def convert(self, columns: Mapping[str, pa.Array], faults: Faults) -> pa.Table:
        """Columns by our names; values in rows with a fault are undefined.

        Args:
            columns: the file's columns by their names, each of shape (n,).
            faults: faults of the rows are added to it.
        """
        return pa.table({ours: self._convert(ours, theirs, columns, faults) for ours, theirs in self._columns})

    def _convert(self, ours: str, theirs: str, columns: Mapping[str, pa.Array], faults: Faults) -> pa.Array:
        column = columns[theirs]
        if ours in MOMENTS:
            return self._moments(theirs, column, columns, faults)
        if ours in NUMBERS:
            return self._numbers(theirs, column, faults)
        return self._identifiers(theirs, column, faults, is_optional=ours in OPTIONAL_KEYS[self._source_name])

    def _identifiers(self, theirs: str, column: pa.Array, faults: Faults, *, is_optional: bool) -> pa.Array:
        texts = as_texts(_nulls_for_nan(column))
        empty = np.asarray(pc.equal(texts, ""))
        if is_optional:
            texts = pc.if_else(pa.array(empty), pa.scalar(None, pa.string()), texts)
        else:
            faults.add(empty, f"{theirs} is empty")
        faults.add(np.asarray(pc.match_substring(texts, "\0").fill_null(False)), f"{theirs} holds a null character")
        faults.add(is_too_long(texts), f"{theirs} has more than {MOST_CHARACTERS} characters")
        suspects = texts.filter(pa.array(is_unknown_mark(texts, also_empty=False))).to_pylist()
        self._marks.update((theirs, mark) for mark in suspects)
        return texts

    def _numbers(self, theirs: str, column: pa.Array, faults: Faults) -> pa.Array:
        column = _nulls_for_nan(column) if is_number(column.type) else as_texts(column)
        numbers = to_numbers(column, self._number_form)
        faults.add(numbers.unreadable, f"{theirs} {NO_NUMBER}", theirs)
        return pa.array(numbers.value, from_pandas=True)

    def _moments(self, theirs: str, column: pa.Array, columns: Mapping[str, pa.Array], faults: Faults) -> pa.Array:
        if is_text(column.type) or is_number(column.type):
            column = as_texts(_nulls_for_nan(column))
            faults.add(is_unknown_mark(column), f"{theirs} is empty")
        return (self._visits if self._source_name == "visits" else self._periods)(theirs, column, columns, faults)

    def _visits(self, theirs: str, column: pa.Array, columns: Mapping[str, pa.Array], faults: Faults) -> pa.Array:
        moments = self._read(column)
        if self._request.time_column is not None:
            moments = self._with_time(moments, columns[self._request.time_column], faults)
        clock = to_wall_clock(moments, self._timezone, self._now)
        self._add_unreadable(theirs, column, clock.unreadable, faults)
        faults.add(clock.future, f"{theirs} is after the clock", theirs)
        return _visited_at(clock)

    def _with_time(self, dates: pa.Array, column: pa.Array, faults: Faults) -> pa.Array:
        """Dates with the times of another column; without a time it remains a date."""
        theirs = self._request.time_column
        texts = as_texts(column)
        times = times_of_day(pc.if_else(pa.array(is_unknown_mark(texts)), "", texts))
        faults.add(np.asarray(times.is_null()), f"{theirs} is not a time of day", theirs)
        days = pc.replace_substring_regex(as_texts(dates), r"[T ]0?0:00(?::00(?:\.0+)?)?$", "")
        return pc.if_else(pc.equal(times, ""), days, pc.binary_join_element_wise(days, times, " "))

    def _periods(self, theirs: str, column: pa.Array, columns: Mapping[str, pa.Array], faults: Faults) -> pa.Array:
        days = to_local_days(self._read(column), self._timezone, self._timezone, self._now)
        self._add_unreadable(theirs, column, days.unreadable, faults)
        if self._source_name == "sales":
            last = to_day(self._now.astimezone(ZoneInfo(self._timezone)).date()) + DAYS_AHEAD
            faults.add(days.day > last, f"{theirs} is more than {DAYS_AHEAD} days after the clock", theirs)
        return pa.array(days.day).cast(pa.date32())

    def _read(self, column: pa.Array) -> pa.Array:
        date_format = self._request.date_format
        if date_format is None or not is_text(column.type):
            return column
        try:
            return read_format(column, date_format, self._now)
        except ValueError as error:
            raise InputError(
                f"--date-format {date_format!r} is not a valid format: {first_line(error)}.",
                f"Write it like '%d/%m/%Y' or '%Y-%m-%d %H:%M:%S', or name one of {', '.join(NAMED_FORMATS)}.",
            ) from None

    def _add_unreadable(self, theirs: str, column: pa.Array, unreadable: NDArray[np.bool_], faults: Faults) -> None:
        fresh = faults.add(unreadable, f"{theirs} is not {self.date_format}", theirs)
        self.unreadable_dates += len(fresh)
        if len(self.shown_dates) < SHOWN_DATES:
            distinct = as_texts(column.take(pa.array(fresh))).unique()[:SHOWN_DATES].to_pylist()
            self.shown_dates |= dict.fromkeys(distinct[: SHOWN_DATES - len(self.shown_dates)])

    def _day(self, text: str, date_format: str) -> str:
        return str(read_format(pa.array([text]), date_format, self._now).cast(pa.timestamp("us")).cast(pa.date32())[0])


def _form_in_words(date_format: str | None) -> str:
    if date_format is None:
        return "an ISO 8601 date or timestamp"
    return f"in the format {date_format}{_explained(date_format)}"


def _explained(date_format: str) -> str:
    return f" ({NAMED_FORMATS[date_format]})" if date_format in NAMED_FORMATS else ""


def _nulls_for_nan(column: pa.Array) -> pa.Array:
    """Programs write NaN where a number is missing."""
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)


def _visited_at(clock: WallClock) -> pa.Array:
    """Dates if all are dates, timestamps if none is, else both as text."""
    moments = pa.array(clock.microseconds).cast(pa.timestamp("us"))
    if clock.is_date[~clock.unreadable].all():
        return moments.cast(pa.timestamp("s"), safe=False).cast(pa.date32())
    if not clock.is_date.any():
        return moments
    dates = moments.cast(pa.date32(), safe=False).cast(pa.string())
    return pc.if_else(pa.array(clock.is_date), dates, moments_as_text(moments))
