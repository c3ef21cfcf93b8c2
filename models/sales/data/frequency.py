"""Which calendar a source's rows follow."""

from __future__ import annotations

import numpy as np

from models.common.arrays import Integers
from models.sales.data.calendar import MONTHS, WEEKDAYS, Calendar, month_of, month_start, weekday
from nightcast.errors import InputError

MOST = 0.8
"""The share of rows that has to agree: a few stray dates do not hide the calendar."""


def resolve_calendar(frequency: str, day: Integers) -> Calendar:
    """The calendar for a setting, completed from the rows.

    ``auto`` means months (or quarters, or years) if most rows lie on first or last days of months, weeks if most lie on
    one weekday, and days otherwise; ``W``, ``QS``, ``QE``, ``YS`` and ``YE`` take their weekday or first month
    from the rows.

    Args:
        frequency: One of `models.sales.data.calendar.FREQUENCIES`.
        day: The day of every row, days since 1970-01-01; rows before the as-of only.

    Raises:
        SettingsError: if there is no such frequency.
        InputError: if the rows are about a month apart but lie on no calendar.
    """
    days, rows = np.unique(day, return_counts=True)
    if frequency == "auto":
        return Calendar(_detect(days, rows))
    if frequency == "W":
        return Calendar(_weekly(days, rows)[0])
    if frequency[0] in "QY":
        return Calendar(_anchored(frequency, days, rows)[0])
    return Calendar(frequency)


def _detect(days: Integers, rows: Integers) -> str:
    if len(days) < 2:
        return "D"
    starts = month_start(month_of(days)) == days
    ends = month_start(month_of(days + 1)) == days + 1
    for edge, labels in (("S", starts), ("E", ends)):
        if _share(labels, rows) >= MOST and np.count_nonzero(labels) > 1:
            return _months(edge, days[labels], rows[labels])
    name, share = _weekly(days, rows)
    if share >= MOST:
        return name
    _refuse_unaligned_months(days)
    return "D"


def _months(edge: str, days: Integers, rows: Integers) -> str:
    for unit in "YQ":
        name, share = _anchored(unit + edge, days, rows)
        if share >= MOST:
            return name
    return "M" + edge


def _anchored(frequency: str, days: Integers, rows: Integers) -> tuple[str, float]:
    """The quarter or year whose first month fits most rows, January on a tie; and the share of rows that fit."""
    length = 3 if frequency[0] == "Q" else 12
    months = month_of(days) + (1 if frequency[1] == "E" else 0)  # the month after a last day starts the next period
    counts = np.bincount(months % length, weights=rows, minlength=length)
    first = int(np.argmax(counts))
    name = frequency if first == 0 else f"{frequency}-{MONTHS[first]}"
    return name, float(counts[first] / max(counts.sum(), 1))


def _weekly(days: Integers, rows: Integers) -> tuple[str, float]:
    counts = np.bincount(weekday(days), weights=rows, minlength=7)
    return f"W-{WEEKDAYS[int(np.argmax(counts))]}", float(counts.max() / max(counts.sum(), 1))


def _share(labels: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], rows: Integers) -> float:
    return float(rows[labels].sum() / rows.sum())


def _refuse_unaligned_months(days: Integers) -> None:
    gaps = np.diff(days)
    if len(gaps) >= 6 and np.mean((gaps >= 28) & (gaps <= 31)) >= MOST:
        raise InputError(
            "The sales rows are about a month apart, but most lie neither on the first nor on the last day of a month.",
            "Label each month by its first or its last day, or set frequency to what the rows mean.",
        )
