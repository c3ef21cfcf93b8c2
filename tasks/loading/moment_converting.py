"""Converting the moments of a file: the dates of visits with their times, and the labels of periods."""

from __future__ import annotations

import datetime
import shlex
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nightcast.errors import InputError, first_line
from nightcast.values import to_day
from sql.filling.columns import moments_as_text
from tasks.conversion.clock_times import times_of_day
from tasks.conversion.date_formats import NAMED_FORMATS, has_short_year, read_format, short_years
from tasks.conversion.date_proposals import are_swapped, proposed_formats
from tasks.conversion.marks import is_unknown_mark
from tasks.conversion.midnights import Midnights, clock_times
from tasks.conversion.moments import WallClock, to_local_days, to_wall_clock
from tasks.conversion.numbers import is_text
from tasks.loading.files.batches import Faults, as_texts, is_number, nulls_for_nan
from tasks.loading.request import LoadRequest

DAYS_AHEAD = 366
"""How far after the clock the label of a sales period may lie: a year's label can be its last day."""

_WRITTEN_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2})[T ]00:00(?::00(?:\.0+)?)? *(?:[Zz]|[+-]\d{1,2}:?(?:\d{2})?)$"
"""A midnight of the zone that the label names: the date that it begins is meant, whatever day it is elsewhere."""

SHOWN_DATES = 20
"""Unreadable dates that are kept, to find out their format."""


class MomentConverter:
    """Converts the column of moments of one file.

    Args:
        request: the file's columns, and the form of its dates.
        timezone: IANA name of the time zone of the visits, and in which periods fall on a day.
        now: the clock, aware.

    Attributes:
        unreadable: the number of rows with an unreadable date.
        shown: the first `SHOWN_DATES` different ones of these dates.
        form: the expected form of a date, in words.
    """

    def __init__(self, request: LoadRequest, timezone: str, now: datetime.datetime) -> None:
        self.unreadable = 0
        self.shown: dict[str, None] = {}
        self.form = _in_words(request.date_format)
        self._request, self._timezone, self._now = request, timezone, now
        self._midnights, self._has_late = Midnights(), False

    def notes(self) -> list[str]:
        """What a person should know about the dates so far."""
        notes = []
        if self._request.date_format and has_short_year(self._request.date_format):
            first, last = short_years(self._now)
            notes.append(f"Years of two digits are read as {first} to {last}.")
        if self._has_late and self._midnights.times:
            notes.append(
                f"The periods lie at {clock_times(self._midnights.times)}, and are loaded as the dates they lie on. "
                "If they are midnights of another time zone, set [run] timezone to that zone, and load the file again."
            )
        if self.unreadable and (remedy := self.remedy()):
            notes.append(f"Unreadable dates: {self.unreadable:,}. {remedy} With --again that load adds their rows.")
        return notes

    @property
    def are_weeks(self) -> bool:
        """Whether unreadable dates are weeks such as ``2026-40``: the others may be weeks, too, read as months."""
        if not self.shown or self._request.date_format:
            return False
        return proposed_formats(list(self.shown), self._now) == ["iso-week"]

    @property
    def are_swapped(self) -> bool:
        """Whether day and month of unreadable dates are in the other order: those up to the twelfth may be, too."""
        return are_swapped(list(self.shown), self._request.date_format, self._now)

    def remedy(self) -> str:
        """What would read the unreadable dates; empty if that is not known."""
        shown = list(self.shown)
        if self._request.date_format and not to_wall_clock(pa.array(shown), "UTC", self._now).unreadable.any():
            return "Leave out --date-format: the dates are in ISO 8601."
        formats = [one for one in proposed_formats(shown, self._now) if one != self._request.date_format]
        if len(formats) < 2:
            return "".join(f"Read them with --date-format {shlex.quote(one)}{_explained(one)}." for one in formats)
        readings = {text: [self._day(text, one) for one in formats] for text in shown}
        text, days = max(readings.items(), key=lambda reading: ("None" not in reading[1], len(set(reading[1]))))
        named = (f"{day} with --date-format {shlex.quote(one)}" for day, one in zip(days, formats, strict=True))
        return f"Say which is right: {text!r} is {' or '.join(named)}."

    def convert(self, theirs: str, columns: Mapping[str, pa.Array], faults: Faults) -> pa.Array:
        """Moments of visits as dates, naive timestamps or text, those of other sources as dates, shape (n,).

        Args:
            theirs: the file's name of the column.
            columns: the file's columns by their names, each of shape (n,).
            faults: faults of the rows are added to it.
        """
        column = columns[theirs]
        if is_text(column.type) or is_number(column.type):
            column = as_texts(nulls_for_nan(column))
            faults.add(is_unknown_mark(column), f"{theirs} is empty")
        if self._request.source_name == "visits":
            return self._visits(theirs, column, columns, faults)
        return self._periods(theirs, column, faults)

    def _visits(self, theirs: str, column: pa.Array, columns: Mapping[str, pa.Array], faults: Faults) -> pa.Array:
        moments = self._read(column)
        if self._request.time_column is not None:
            moments = self._with_time(moments, columns[self._request.time_column], faults)
        clock = to_wall_clock(moments, self._timezone, self._now)
        self._add_unreadable(theirs, column, clock.unreadable, faults)
        if not self._request.with_bookings:
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

    def _periods(self, theirs: str, column: pa.Array, faults: Faults) -> pa.Array:
        labels = self._read(column)
        if is_text(labels.type):
            labels = pc.replace_substring_regex(as_texts(labels), _WRITTEN_MIDNIGHT, r"\1")
        days = to_local_days(labels, self._timezone, self._timezone, self._now)
        self._has_late |= bool(self._midnights.late(days, ~days.unreadable).any())
        self._add_unreadable(theirs, column, days.unreadable, faults)
        if self._request.source_name == "sales":
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
        fresh = faults.add(unreadable, f"{theirs} is not {self.form}", theirs)
        self.unreadable += len(fresh)
        if len(self.shown) < SHOWN_DATES:
            distinct = as_texts(column.take(pa.array(fresh))).unique()[:SHOWN_DATES].to_pylist()
            self.shown |= dict.fromkeys(distinct[: SHOWN_DATES - len(self.shown)])

    def _day(self, text: str, date_format: str) -> str:
        return str(read_format(pa.array([text]), date_format, self._now).cast(pa.timestamp("us")).cast(pa.date32())[0])


def _in_words(date_format: str | None) -> str:
    if date_format is None:
        return "an ISO 8601 date or timestamp"
    return f"in the format {date_format}{_explained(date_format)}"


def _explained(date_format: str) -> str:
    return f" ({NAMED_FORMATS[date_format]})" if date_format in NAMED_FORMATS else ""


def _visited_at(clock: WallClock) -> pa.Array:
    """Dates if all are dates, timestamps if none is, else both as text."""
    moments = pa.array(clock.microseconds).cast(pa.timestamp("us"))
    if clock.is_date[~clock.unreadable].all():
        return moments.cast(pa.timestamp("s"), safe=False).cast(pa.date32())
    if not clock.is_date.any():
        return moments
    dates = moments.cast(pa.date32(), safe=False).cast(pa.string())
    return pc.if_else(pa.array(clock.is_date), dates, moments_as_text(moments))
