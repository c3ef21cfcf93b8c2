"""Dates that are not in ISO 8601: ``strptime`` formats, and named forms such as Excel's day numbers."""

from __future__ import annotations

import datetime
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.conversion.period_labels import first_days

NAMED_FORMATS = {
    "excel": "day numbers of Excel, such as 46027 or 46027.5",
    "epoch-seconds": "seconds since 1970 in UTC, such as 1767607200",
    "epoch-milliseconds": "milliseconds since 1970 in UTC, such as 1767607200000",
    "iso-week": "weeks in ISO 8601, such as 2026-W02 or 202602, read as their Monday",
}
"""Forms of dates that no ``strptime`` format describes, and what they are."""

YEARS_AHEAD = 10
"""A year of two digits is at most this many years after the clock, so it lies in the 100 years that end there."""

_TIME_DIRECTIVE = r"%[HIpMSfzZcXsTRr]"
_WEEK = r"^\d{4}-?(?:[Ww]\d{1,2}|\d{2})$"
_NUMBER = r"^\d{1,16}(?:[.,]\d{1,12})?$"
_EXCEL_ORIGIN = np.datetime64("1899-12-30", "us")
_FIRST_EXCEL_DAY, _LAST_EXCEL_DAY = 61, 2_958_465
"""From 1900-03-01: Excel counts a 29 February 1900, which never was. To 9999-12-31."""
_UNITS = {"epoch-seconds": 1_000_000, "epoch-milliseconds": 1_000}
_NO_TEXT = pa.scalar(None, pa.string())
_LARGEST_EPOCH = 253_402_300_800_000_000


def has_short_year(date_format: str) -> bool:
    """Whether the century of the year has to be guessed."""
    return re.search("%[yDx]", date_format) is not None


def short_years(now: datetime.datetime) -> tuple[int, int]:
    """The first and the last year that two digits stand for."""
    last = now.year + YEARS_AHEAD
    return last - 99, last


def read_format(texts: pa.Array, date_format: str, now: datetime.datetime) -> pa.Array:
    """Texts in a ``strptime`` format or one of `NAMED_FORMATS`, shape (n,); null where a text does not have it.

    Args:
        texts: shape (n,).
        date_format: such as ``%d/%m/%Y``.
        now: the clock, which decides the century of a year of two digits.

    Returns:
        Dates if no text has a time, aware timestamps if there are offsets, else naive timestamps.

    Raises:
        ValueError: if the format is not valid.
    """
    trimmed = pc.utf8_trim_whitespace(texts.cast(pa.string()))
    if date_format == "iso-week":
        is_week = pc.match_substring_regex(trimmed, _WEEK)
        weeks = pc.replace_substring_regex(trimmed, r"^(\d{4})[-Ww]*", r"\1-W")
        return pc.if_else(is_week, first_days(weeks), _NO_TEXT).cast(pa.date32())
    if date_format in NAMED_FORMATS:
        return _from_excel(trimmed) if date_format == "excel" else _from_epoch(trimmed, _UNITS[date_format])
    is_aware = re.search("%[zZ]", date_format) is not None
    moments = pd.to_datetime(pd.Series(trimmed.to_pandas()), format=date_format, errors="coerce", utc=is_aware)
    read = pa.Array.from_pandas(moments).cast(pa.timestamp("us", tz="UTC" if is_aware else None), safe=False)
    if has_short_year(date_format):
        read = _in_the_century(read, now)
    return read if re.search(_TIME_DIRECTIVE, date_format) else read.cast(pa.date32())


def _in_the_century(moments: pa.Array, now: datetime.datetime) -> pa.Array:
    """Python's own rule calls 69 the year 1969 and 68 the year 2068, whatever the clock says."""
    first, last = short_years(now)
    known = moments.is_valid()
    read = np.asarray(moments.cast(pa.timestamp("us")).cast(pa.int64()).fill_null(0)).astype("datetime64[us]")
    month = read.astype("datetime64[M]")
    year = month.astype("datetime64[Y]").astype(np.int64) + 1970
    shifted = month + np.select([year > last, year < first], [-1200, 1200], 0)
    within = shifted.astype("datetime64[us]") + (read - month.astype("datetime64[us]"))
    return pc.if_else(known, pa.array(within).cast(moments.type), pa.scalar(None, moments.type))


def _from_excel(texts: pa.Array) -> pa.Array:
    days = _numbers(texts)
    days[~((days >= _FIRST_EXCEL_DAY) & (days < _LAST_EXCEL_DAY + 1))] = np.nan
    microseconds = np.round(days * 86_400) * 1_000_000  # a fraction of a day is exact to a second at best
    read = pa.array(_moments(microseconds) + (_EXCEL_ORIGIN - np.datetime64(0, "us")))
    known = days[~np.isnan(days)]
    return read.cast(pa.timestamp("s"), safe=False).cast(pa.date32()) if (known % 1 == 0).all() else read


def _from_epoch(texts: pa.Array, unit: int) -> pa.Array:
    microseconds = _numbers(texts) * unit
    microseconds[microseconds >= _LARGEST_EPOCH] = np.nan
    return pa.array(_moments(microseconds)).cast(pa.timestamp("us", tz="UTC"))


def _numbers(texts: pa.Array) -> NDArray[np.float64]:
    numeric = pc.if_else(pc.match_substring_regex(texts, _NUMBER), pc.replace_substring(texts, ",", "."), _NO_TEXT)
    return np.array(numeric.cast(pa.float64()).fill_null(np.nan), dtype=np.float64)


def _moments(microseconds: NDArray[np.float64]) -> NDArray[np.datetime64]:
    known = ~np.isnan(microseconds)
    moments = np.where(known, microseconds, 0).astype(np.int64).astype("datetime64[us]")
    moments[~known] = np.datetime64("NaT")
    return moments
