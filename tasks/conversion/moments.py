"""Converts timestamps, dates and texts to days of a time zone, with masks of values that cannot be read.

Pandas knows the time zones. It takes a second to import: a night of dates or of UTC does without.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nightcast.values import to_day
from tasks.conversion.iso_texts import AWARE, DATE, PLAIN_MOMENT, canonical
from tasks.conversion.period_labels import first_days

NO_DATE = "not a date or timestamp (ISO 8601)"
"""Why the moment of a row is rejected."""

MICROSECONDS_PER_DAY = 86_400_000_000

FIRST_DAY = to_day(datetime.date(1678, 1, 1))
"""Earlier moments are unreadable: they are defaults or infinities of a database, and no text parser reads them."""
LAST_DAY = to_day(datetime.date(9999, 12, 30))
"""Later moments count as this day, which leaves room for a time zone's offset."""

_DATE_LENGTH = len("2026-01-05")
_PLAIN_LENGTHS = {_DATE_LENGTH, len("2026-01-05 10:30:00"), len("2026-01-05 10:30:00.000000")}

_FAR_YEAR = r"^(?:226[2-9]|22[7-9]\d|2[3-9]\d{2}|[3-9]\d{3})"


@dataclass(frozen=True)
class LocalDays:
    """Days in a time zone.

    Attributes:
        day: int32 (n,), days since 1970-01-01; 0 where unreadable.
        unreadable: bool (n,), whether there is neither a date nor a timestamp.
        future: bool (n,), whether it lies after the clock.
        microseconds: int64 (n,), since 1970-01-01 00:00, in UTC where an offset was given, else as it is written.
        is_timed: bool (n,), whether it is a timestamp, and no date.
        is_aware: bool (n,), whether it has an offset.
    """

    day: NDArray[np.int32]
    unreadable: NDArray[np.bool_]
    future: NDArray[np.bool_]
    microseconds: NDArray[np.int64]
    is_timed: NDArray[np.bool_]
    is_aware: NDArray[np.bool_]


def to_local_days(moments: pa.Array, source_timezone: str, timezone: str, now: datetime.datetime) -> LocalDays:
    """The calendar days of moments in `timezone`.

    A date without a time is that day. A timestamp without an offset is in `source_timezone`: an hour that a clock
    change repeats counts as its first occurrence, an hour that it skips as the next one. A timestamp with an offset is
    converted. Texts are read as ISO 8601, also with slashes, dots or spaces between year, month and day; of a week or a
    quarter, such as ``2023-W01`` or ``2023-Q1``, they name the first day. Years before 1678 are unreadable.

    Args:
        moments: dates, timestamps or texts, shape (n,).
        source_timezone: IANA name of the time zone of timestamps without an offset.
        timezone: IANA name of the time zone of the days.
        now: the clock, aware.
    """
    reading = _read_plain(moments) or _read_moments(first_days(moments))
    day = np.zeros(len(moments), dtype=np.int32)
    future = np.zeros(len(moments), dtype=np.bool_)
    day[reading.is_date] = reading.microseconds[reading.is_date] // MICROSECONDS_PER_DAY
    future[reading.is_date] = day[reading.is_date] > to_day(now.astimezone(ZoneInfo(timezone)).date())
    timed = ~(reading.is_date | reading.unreadable)
    utc = _to_utc(reading.microseconds[timed], reading.is_aware[timed], source_timezone)
    day[timed] = _local_day(utc, timezone)
    future[timed] = utc > int(now.timestamp() * 1_000_000)
    return LocalDays(day, reading.unreadable, future, reading.microseconds, timed, reading.is_aware)


@dataclass(frozen=True)
class WallClock:
    """Moments in the local time of a time zone.

    Attributes:
        microseconds: int64 (n,), since 1970-01-01 00:00 local time; a date is its midnight; 0 where unreadable.
        is_date: bool (n,), whether it is a date without a time, which is the same day in every time zone.
        unreadable: bool (n,), whether there is neither a date nor a timestamp.
        future: bool (n,), whether it lies after the clock.
    """

    microseconds: NDArray[np.int64]
    is_date: NDArray[np.bool_]
    unreadable: NDArray[np.bool_]
    future: NDArray[np.bool_]


def to_wall_clock(moments: pa.Array, timezone: str, now: datetime.datetime) -> WallClock:
    """Moments in the local time of `timezone`, with their time of day.

    Dates and timestamps without an offset are unchanged; timestamps with an offset are converted. Texts are read as
    by `to_local_days`, but weeks and quarters are no moments.

    Args:
        moments: dates, timestamps or texts, shape (n,).
        timezone: IANA name.
        now: the clock, aware.
    """
    reading = _read_plain(moments) or _read_moments(moments)
    wall = np.where(reading.unreadable, 0, reading.microseconds)
    future = np.zeros(len(moments), dtype=np.bool_)
    today = to_day(now.astimezone(ZoneInfo(timezone)).date())
    future[reading.is_date] = wall[reading.is_date] // MICROSECONDS_PER_DAY > today
    timed = ~(reading.is_date | reading.unreadable)
    utc = _to_utc(wall[timed], reading.is_aware[timed], timezone)
    wall[timed] = np.where(reading.is_aware[timed], _to_wall(utc, timezone), wall[timed])
    future[timed] = utc > int(now.timestamp() * 1_000_000)
    return WallClock(wall, reading.is_date, reading.unreadable, future)


@dataclass(frozen=True)
class _Reading:
    """Microseconds since 1970, in UTC where an offset was given, else in local time; dates are their midnight."""

    microseconds: NDArray[np.int64]
    is_date: NDArray[np.bool_]
    is_aware: NDArray[np.bool_]
    unreadable: NDArray[np.bool_]


def _read_moments(moments: pa.Array) -> _Reading:
    if pa.types.is_date(moments.type):
        days = np.asarray(moments.cast(pa.date32()).cast(pa.int32()).fill_null(0)).astype(np.int64)
        # Clip first: the infinities of a database are too far away for microseconds.
        microseconds = np.clip(days, FIRST_DAY - 1, LAST_DAY) * MICROSECONDS_PER_DAY
        return _typed_reading(moments, microseconds, is_date=True, is_aware=False)
    if pa.types.is_timestamp(moments.type):
        is_aware = moments.type.tz is not None
        in_microseconds = moments.cast(pa.timestamp("us", tz=moments.type.tz), safe=False)
        microseconds = np.asarray(in_microseconds.cast(pa.int64()).fill_null(0))
        return _typed_reading(moments, microseconds, is_date=False, is_aware=is_aware)
    return _read_texts(pc.utf8_trim_whitespace(moments.cast(pa.string())).fill_null(""))


def _read_plain(moments: pa.Array) -> _Reading | None:
    """Texts of one length, all of them dates, or all timestamps without an offset; None if they are anything else.

    At each of these lengths, Arrow reads one form only.
    """
    if not pa.types.is_string(moments.type) or moments.null_count == len(moments):
        return None
    lengths = pc.min_max(pc.binary_length(moments)).as_py()
    if lengths["min"] != lengths["max"] or lengths["min"] not in _PLAIN_LENGTHS:
        return None
    try:
        parsed = moments.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return None
    microseconds = np.asarray(parsed.cast(pa.int64()).fill_null(0))
    return _typed_reading(moments, microseconds, is_date=lengths["min"] == _DATE_LENGTH, is_aware=False)


def _typed_reading(moments: pa.Array, microseconds: NDArray[np.int64], *, is_date: bool, is_aware: bool) -> _Reading:
    size = len(moments)
    return _in_range(microseconds, np.full(size, is_date), np.full(size, is_aware), np.asarray(moments.is_null()))


def _in_range(
    microseconds: NDArray[np.int64],
    is_date: NDArray[np.bool_],
    is_aware: NDArray[np.bool_],
    unreadable: NDArray[np.bool_],
) -> _Reading:
    unreadable = unreadable | (microseconds < FIRST_DAY * MICROSECONDS_PER_DAY)
    read = np.where(unreadable, 0, np.minimum(microseconds, LAST_DAY * MICROSECONDS_PER_DAY))
    return _Reading(read, is_date & ~unreadable, is_aware, unreadable)


def _read_texts(texts: pa.Array) -> _Reading:
    is_plain = pc.match_substring_regex(texts, PLAIN_MOMENT)
    if not pc.all(is_plain).as_py():
        texts = canonical(texts)
    is_date = np.asarray(pc.match_substring_regex(texts, DATE))
    is_aware = np.asarray(pc.match_substring_regex(texts, AWARE))
    parsed, unreadable = np.zeros(len(texts), dtype=np.int64), np.zeros(len(texts), dtype=np.bool_)
    # Apart, since in pandas a text without an offset takes that of the text before it.
    for chosen, zone in ((is_aware, "UTC"), (~is_aware, None)):
        if chosen.any():
            some = texts if chosen.all() else texts.filter(pa.array(chosen))
            parsed[chosen], unreadable[chosen] = _parsed(some, zone)
    return _in_range(parsed, is_date, is_aware, unreadable)


def _parsed(texts: pa.Array, zone: str | None) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Microseconds of texts of which all have an offset, or none, and which of them are no moments."""
    try:  # Arrow is many times faster, but fails on texts that are no moments
        parsed = np.asarray(texts.cast(pa.timestamp("us", zone)).cast(pa.int64()))
        return parsed, np.zeros(len(texts), dtype=np.bool_)
    except pa.ArrowInvalid:
        import pandas as pd

        # Pandas counts in nanoseconds, which end in the year 2262; anything later is after the clock anyway.
        near = pc.replace_substring_regex(texts, _FAR_YEAR, "2260")
        moments = pd.to_datetime(pd.Series(near.to_pandas()), format="ISO8601", utc=True, errors="coerce")
        return moments.dt.tz_localize(None).to_numpy().astype("datetime64[us]").astype(
            np.int64
        ), moments.isna().to_numpy()


def _to_utc(microseconds: NDArray[np.int64], is_aware: NDArray[np.bool_], timezone: str) -> NDArray[np.int64]:
    if timezone == "UTC" or is_aware.all():
        return microseconds
    import pandas as pd

    utc = microseconds.copy()
    wall = pd.DatetimeIndex(microseconds[~is_aware].astype("datetime64[us]"))
    first_reading = np.ones(len(wall), dtype=np.bool_)
    localised = wall.tz_localize(timezone, ambiguous=first_reading, nonexistent="shift_forward")
    utc[~is_aware] = localised.tz_convert(None).to_numpy().astype("datetime64[us]").astype(np.int64)
    return utc


def _to_wall(utc: NDArray[np.int64], timezone: str) -> NDArray[np.int64]:
    if timezone == "UTC":
        return utc
    import pandas as pd

    moments = pd.DatetimeIndex(utc.astype("datetime64[us]")).tz_localize("UTC").tz_convert(timezone)
    return moments.tz_localize(None).to_numpy().astype("datetime64[us]").astype(np.int64)


def _local_day(utc: NDArray[np.int64], timezone: str) -> NDArray[np.int32]:
    return (_to_wall(utc, timezone) // MICROSECONDS_PER_DAY).astype(np.int32)
