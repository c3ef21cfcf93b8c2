"""Which calendar a source's rows follow.

Distinct days decide, never the number of rows: thirty stalls on Saturdays and one on every day are daily sales.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from models.common.arrays import Days, Flags, Integers
from models.sales.data.calendar import (
    HOLIDAYS_MOVE,
    MONTHS,
    WEEKDAYS,
    Calendar,
    first_business_day,
    last_business_day,
    month_of,
    month_start,
    weekday,
)
from nightcast.errors import InputError
from nightcast.values import to_date

MOST = 0.8
"""The share of dates that has to agree for months: a few stray dates do not hide the calendar."""

NEARLY_ALL = 0.9
"""The share of dates that has to lie on one weekday for weeks: a shop may open mostly, but not only, on Saturdays."""

STRAY = 0.95
"""With this share of exact first or last days, or more, the others are typing errors."""

BUSINESS_DAYS = 0.4
"""The least share of labels on the first or last day from Monday to Friday; in China holidays move more than half."""

FAR_APART = 80
"""Labels of quarters and years are more days apart than this."""

FEW_ROWS = 0.01
"""A date with less than this share of the usual rows of a date is a typing error."""

DENSE = 0.5
"""Daily sales lie on this share of days or more."""

FEWEST_LABELS = 6
"""With fewer labels on one weekday this may be chance."""

SPARSE = 0.2
"""With a smaller share, a source is not daily, whatever is set."""

_LENGTHS = {"month": ((26, 35),), "quarter": ((86, 96),), "year": ((360, 371),)}  # holidays move labels
_RETAIL_LENGTHS = {"month": ((28, 28), (35, 35)), "quarter": ((91, 91), (98, 98)), "year": ((364, 364), (371, 371))}


def resolve_calendar(frequency: str, day: Integers | Days) -> Calendar:
    """The calendar for a setting, completed from the rows.

    ``auto`` means months (or quarters, or years) if most dates lie on first or last days, or business days, of months,
    weeks if nearly all dates lie on one weekday, and days otherwise (a single date is daily). ``W``, ``WS`` and ``WE``
    take their weekday from the rows, ``MS`` .. ``YE`` their first month and whether business days label them. What
    ``auto`` and a plain ``W`` leave open, `models.sales.data.labels.weeks` settles.

    Args:
        frequency: One of `models.sales.data.calendar.FREQUENCIES`, or the whole name of a calendar.
        day: The day of every row, days since 1970-01-01; rows before the as-of only.

    Raises:
        SettingsError: if there is no such frequency.
        InputError: if the dates are a month, a quarter or a year apart, but lie on no calendar.
    """
    if frequency == "auto":
        return Calendar(_detect(distinct_days(day)))
    if frequency in ("W", "WS", "WE"):
        return Calendar(week_name(_weekly(distinct_days(day))[0], frequency[1:]))
    if frequency in ("MS", "ME", "QS", "QE", "YS", "YE"):
        days = distinct_days(day)
        business = "B" if _by_business_days(frequency[1], days)[0] else ""
        return Calendar(business + (frequency if frequency[0] == "M" else _anchored(frequency, days)[0]))
    return Calendar(frequency)


def doubt(setting: str, calendar: Calendar, day: Integers | Days) -> str:
    """What is doubtful about a calendar, in a sentence; "" if nothing is.

    Args:
        setting: The setting ``frequency``.
        calendar: The calendar that was resolved from it.
        day: The day of every row, as in `resolve_calendar`.
    """
    days = distinct_days(day)
    if len(days) < 2:
        return ""
    if setting != "auto":
        return _against_setting(setting, calendar, days) or _on_one_weekday(calendar, days)
    span = int(days[-1] - days[0]) + 1
    lie = f"sales lie on {len(days)} of {span} days"
    if calendar.family == "D" and len(days) < DENSE * span:
        return f"{lie}, too irregular to tell their frequency, and are taken as daily; set [source.sales] frequency"
    if calendar.family == "W" and np.median(np.diff(days)) > 7:
        return f"{lie}, and are taken as weekly, with more gaps than rows; set [source.sales] frequency"
    return ""


def _are_on_one_weekday(days: Integers) -> bool:
    return len(days) >= FEWEST_LABELS and _weekly(days)[1] == 1


def _on_one_weekday(calendar: Calendar, days: Integers) -> str:
    """Last Fridays of months lie near their last business days, but are none, and the months may end with them."""
    if calendar.frequency[0] != "B" or calendar.family == "B" or not _are_on_one_weekday(days):
        return ""
    newest = int(days[-1])
    taken = to_date(int(calendar.label(calendar.ordinal(newest))))
    return (
        f"sales are labelled on one weekday, such as {to_date(newest):%A, %Y-%m-%d}, and are taken as calendar months, "
        f"quarters or years, labelled {taken}; if their periods end with that weekday, load weeks or days instead"
    )


def _against_setting(setting: str, calendar: Calendar, days: Integers) -> str:
    named = float(calendar.names(days).mean())
    if named < MOST:
        return f"only {named:.0%} of the dates of the sales are periods of the frequency {setting}, which is set"
    span = int(days[-1] - days[0]) + 1
    if calendar.family in "DB" and len(days) < SPARSE * span:
        return f"the sales lie on {len(days)} of {span} days, although frequency is {setting}"
    return ""


def week_name(index: int, edge: str = "") -> str:
    """The weeks labelled by a weekday (0 is Monday), as their first day (``S``), their last (``E``) or as usual."""
    usual = "S" if index == 0 else "E"
    return f"W{'' if edge in ('', usual) else edge}-{WEEKDAYS[index]}"


def distinct_days(day: Integers | Days) -> Integers:
    """The dates of the rows in order, (n,), without those that hardly any row has."""
    if not len(day):
        return np.zeros(0, np.int64)
    rows = np.bincount(day - int(day.min()))
    usual = np.median(rows[rows > 0])
    return np.flatnonzero(rows > FEW_ROWS * usual) + int(day.min())


def _detect(days: Integers) -> str:
    if len(days) < 2:
        return "D"
    for edge in "SE":
        business, labels = _by_business_days(edge, days)
        named = days[labels]
        months = len(np.unique(month_of(named)))
        if business and _are_on_one_weekday(named):
            continue  # as in a 4-4-5 calendar: whether they lie near last business days depends on the year
        if months > 1 and labels.mean() >= MOST and months >= MOST * len(named):
            return business + _months(edge, named)
    index, share = _weekly(days)
    if share >= NEARLY_ALL and len(days) * share > 1:
        _refuse(days[weekday(days) == index], _RETAIL_LENGTHS)
        return week_name(index)
    _refuse(days, _LENGTHS)
    return "D"


def _by_business_days(edge: str, days: Integers) -> tuple[str, Flags]:
    """Whether business days label the months ("B" or ""), and which dates then are labels, (n,).

    They do if several months have a label near their first or last day, but not on it, and many labels are the day from
    Monday to Friday next to it. Holidays move the others: the first business day of a year is never its first day, so
    that of labels so far apart being near is enough.
    """
    months = month_of(days) + (edge == "E")
    ends = month_start(months) - (edge == "E")
    exact = days == ends
    business = last_business_day(ends) if edge == "E" else first_business_day(ends)
    near = np.abs(days - business) <= HOLIDAYS_MOVE
    more = len(np.unique(months[near])) > len(np.unique(months[exact]))
    if len(days) > 2 and more and exact.mean() < STRAY:
        far_apart = np.median(np.diff(days)) > FAR_APART
        if far_apart or np.mean(days == business) >= BUSINESS_DAYS:
            return "B", near
    return "", exact


def _months(edge: str, days: Integers) -> str:
    for unit in "YQ":
        name, share = _anchored(unit + edge, days)
        if share >= MOST:
            return name
    return "M" + edge


def _anchored(frequency: str, days: Integers) -> tuple[str, float]:
    """The quarter or year whose first month fits most dates, January on a tie; and the share of dates that fit."""
    length = 3 if frequency[0] == "Q" else 12
    months = month_of(days) + (1 if frequency[1] == "E" else 0)  # the month after a last day starts the next period
    counts = np.bincount(months % length, minlength=length)
    first = int(np.argmax(counts))
    name = frequency if first == 0 else f"{frequency}-{MONTHS[first]}"
    return name, float(counts[first] / max(len(days), 1))


def _weekly(days: Integers) -> tuple[int, float]:
    """The weekday on which most dates lie, Monday 0, and their share."""
    counts = np.bincount(weekday(days), minlength=7)
    return int(np.argmax(counts)), float(counts.max() / max(len(days), 1))


def _refuse(days: Integers, lengths: Mapping[str, Sequence[tuple[int, int]]]) -> None:
    """Refuse dates that are a month, a quarter or a year apart, but are no labels of one."""
    gaps = np.diff(days)
    for unit, ranges in lengths.items():
        fits = np.any([(gaps >= least) & (gaps <= greatest) for least, greatest in ranges], axis=0)
        if len(gaps) >= 3 and fits.mean() >= MOST:
            raise InputError(
                f"The sales rows are about a {unit} apart, but most lie neither on the first nor on the last day of a "
                f"{unit}{', and always on one weekday, as in a 4-4-5 calendar' if lengths is _RETAIL_LENGTHS else ''}.",
                f"Label each {unit} by its first or its last day, load weeks or days instead, or set "
                "[source.sales] frequency to what the rows mean.",
            )
