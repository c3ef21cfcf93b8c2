"""Which ``--date-format`` would read dates that could not be read."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.conversion.date_formats import read_format

_PLAUSIBLE_YEARS = (1950, 2100)
_NUMBERED: tuple[tuple[str, float, float], ...] = (
    ("excel", 20_000, 73_050),  # 1954 to 2099
    ("epoch-seconds", 3e8, 4.1e9),  # 1979 to 2099
    ("epoch-milliseconds", 3e11, 4.1e12),
)
_ORDERED = (
    *("%d{0}%m{0}%Y", "%m{0}%d{0}%Y", "%d{0}%m{0}%y", "%m{0}%d{0}%y", "%y{0}%m{0}%d", "%Y{0}%m{0}%d"),
    *("%d{0}%b{0}%Y", "%d{0}%B{0}%Y", "%d{0}%b{0}%y", "%b{0}%d{0}%Y", "%Y{0}%b{0}%d", "%Y{0}%B{0}%d"),
    "%Y{0}%d{0}%m",
)
_DATES = (
    *(order.format(separator) for separator in "./- " for order in _ORDERED),
    *("%b %d, %Y", "%B %d, %Y", "%d. %B %Y", "%d. %b %Y", "%d%b%Y", "%d%m%Y"),
    *("%b %Y", "%B %Y", "%b-%Y", "%b-%y", "%m/%Y", "%m.%Y", "%Y%m"),
)
_CLOCKS = (
    *("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%H.%M", "%Hh%M"),
    *("%H:%M:%S%z", "%H:%M:%S %z", "%H:%M%z"),
)
_PARTS = r"^(?P<date>.*?)(?:(?P<joint>, |T| +)(?P<clock>\d{1,2}[:.h]\d{2}.*))?$"
_SWAPPED = r"^\s*\d{4}[-/. ](?:1[3-9]|2\d|3[01])[-/. ](?:0?[1-9]|1[0-2])(?:\D|$)"
"""A year, a day after the twelfth, and a month."""


def proposed_formats(examples: Sequence[str], now: datetime.datetime) -> list[str]:
    """The formats that read the most of these texts, the likeliest first; none if they read less than half of them.

    Several are left where the texts do not show which number is the day, and which the month.

    Args:
        examples: dates that are not in ISO 8601.
        now: the clock.
    """
    texts = pa.array([text.strip() for text in examples], pa.string())
    if named := _named(texts, now):
        return [named]
    parts = pc.extract_regex(texts, _PARTS)
    joint = pc.struct_field(parts, "joint").unique().to_pylist()
    clocks = [""]
    if joint != [""]:
        clocks = [(joint[0] or " ") + one for one in _best(pc.struct_field(parts, "clock"), _CLOCKS, now, (1900, 1900))]
    dates = _best(pc.struct_field(parts, "date"), _DATES, now, _PLAUSIBLE_YEARS)
    if any(one.startswith("%d.%m.") for one in dates):  # between dots the day comes first wherever dates are so
        dates = [one for one in dates if one.startswith("%d")]
    if any(one.startswith("%Y") and one[3:5] == "%m" for one in dates):  # after the year, the month comes first
        dates = [one for one in dates if one[3:5] != "%d"]
    return [date + clock for date in dates for clock in clocks[:1]]


def are_swapped(examples: Sequence[str], date_format: str | None, now: datetime.datetime) -> bool:
    """Whether day and month of several different dates would be right in the other order: others may be misread.

    Args:
        examples: dates that could not be read.
        date_format: the format that did not read them; None: ISO 8601.
        now: the clock.
    """
    if len(examples) < 2:
        return False
    if date_format is None:
        return bool(pc.all(pc.match_substring_regex(pa.array(examples), _SWAPPED)).as_py())
    other = date_format.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")
    return other != date_format and not read_format(pa.array(examples), other, now).null_count


def _named(texts: pa.Array, now: datetime.datetime) -> str | None:
    """The named format of numbers and weeks."""
    if not _read(texts, "iso-week", now, _PLAUSIBLE_YEARS).null_count and not _are_months(texts):
        return "iso-week"
    if not pc.all(pc.match_substring_regex(texts, r"^\d{5,13}(?:[.,]\d+)?$")).as_py():
        return None
    numbers = np.asarray(pc.replace_substring(texts, ",", ".").cast(pa.float64()))
    fits = (name for name, low, high in _NUMBERED if ((numbers >= low) & (numbers <= high)).all())
    return next(fits, None)


def _are_months(texts: pa.Array) -> bool:
    """Whether numbers such as 202612 may be months as well as weeks."""
    return bool(pc.all(pc.match_substring_regex(texts, r"^\d{4}-?(?:0[1-9]|1[0-2])$")).as_py())


def _best(texts: pa.Array, formats: Iterable[str], now: datetime.datetime, years: tuple[int, int]) -> list[str]:
    """The formats that read the most texts as a plausible year, if these are at least half; of equal readings one."""
    read = {one: _read(texts, one, now, years) for one in formats}
    most = max(len(moments) - moments.null_count for moments in read.values())
    distinct = {
        str(moments): one for one, moments in reversed(read.items()) if len(moments) - moments.null_count == most
    }
    return list(distinct.values())[::-1] if most and most * 2 >= len(texts) else []


def _read(texts: pa.Array, date_format: str, now: datetime.datetime, years: tuple[int, int]) -> pa.Array:
    moments = read_format(texts, date_format, now).cast(pa.timestamp("us"))
    year = pc.year(moments)
    is_plausible = pc.and_(pc.greater_equal(year, years[0]), pc.less_equal(year, years[1]))
    return pc.if_else(is_plausible, moments, pa.scalar(None, moments.type))
