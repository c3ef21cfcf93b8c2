"""Whether a weekly label is the first or the last day of its week.

Dates alone do not tell: weeks that begin on Sunday and weeks that end on Sunday have the same labels. The newest row
may tell, as the current week is in the source before it is over. If labels are first days, this row holds some days of
seven, and is well below the weeks before; if they are last days, it is dated after today. Where nothing tells, the
model that serves decides, so that nights agree, and at last the usual meaning.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Days, Floats, Integers
from models.sales.data.calendar import Calendar, weekday
from models.sales.data.labels.frequency import distinct_days, week_name
from nightcast.values import to_date

WEEKS_BEFORE = 4
"""Weeks whose median is the usual level of the week after them."""

FEWEST = 4
"""Earlier weeks with a usual level that are needed to tell what is low."""

YEARS = 105
"""The newest week and the weeks of two years, whose ups and downs say how low an ordinary week may be."""

TELLING_DAYS = 3
"""A label this many days before the as-of, or fewer, cannot be the first day of a week with a whole week's sales."""

WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, eq=False)
class Labels:
    """The labels of a source, and what else is known of its newest row.

    Attributes:
        day: The label of each row before the as-of, (m,).
        value: Its value, NaN where unknown, (m,).
        as_of: The as-of.
        newest: The newest label of the source up to the clock, also at and after the as-of.
        future: Labels after the clock, (k,).
        today: The day of the clock.
        served: The frequency of the model that serves, "" without one.
    """

    day: Integers | Days
    value: Floats
    as_of: int
    newest: int
    future: Integers
    today: int
    served: str = ""


def settle_weeks(setting: str, calendar: Calendar, labels: Labels) -> tuple[Calendar, str]:
    """The calendar with its weeks labelled as the source's newest rows say, and a sentence about it.

    Args:
        setting: The setting ``frequency``; only ``auto`` and ``W`` leave the meaning of labels open.
        calendar: The calendar of the dates.
        labels: The source's labels.

    Returns:
        The calendar, and what was guessed, or what speaks against the setting; "" if there is nothing to say.
    """
    if calendar.family != "W" or not len(labels.day):
        return calendar, ""
    index = int(weekday(calendar.label(0)))
    # Whoever labels weeks by Mondays begins them there, as far as no week is labelled in advance.
    edge, because = _labelled_ahead(index, labels) if index == 0 else _seen(index, labels)
    if setting not in ("auto", "W"):
        return calendar, _contradiction(setting, calendar, edge, because)
    if index == 0:
        return calendar, _contradiction(calendar.frequency, calendar, edge, because)
    if not edge:
        edge, because = _remembered(index, labels.served)
    said = f"weekly labels are {WEEKDAY_NAMES[index]}s, taken as the {_name(edge)} day of their week, {because}"
    return Calendar(week_name(index, edge)), f'{said}; [source.sales] frequency = "{_other(edge)}" says otherwise'


def _seen(index: int, labels: Labels) -> tuple[str, str]:
    """What the newest row tells of the labels: ``S``, ``E`` or nothing; and why."""
    edge, because = _labelled_ahead(index, labels)
    if edge:
        return edge, because
    days = distinct_days(labels.day)
    days = days[weekday(days) == index]
    passed = labels.as_of - int(days[-1]) if len(days) else 7
    share = _share_of_usual(days, labels) if passed < 7 and labels.newest < labels.as_of else None
    if share is None:
        return "", ""
    middle = (1 + passed / 7) / 2
    found = f"since the newest, {to_date(int(days[-1]))}, holds {share[0]:.0%} of the usual"
    if share[0] <= middle and share[0] < share[1]:
        return "S", found
    return ("E", found) if share[0] > middle and passed <= TELLING_DAYS else ("", "")


def _labelled_ahead(index: int, labels: Labels) -> tuple[str, str]:
    ahead = labels.future[(labels.future <= labels.today + 6) & (weekday(labels.future) == index)]
    return ("E", f"since a row is labelled {to_date(int(ahead.max()))}, after today") if len(ahead) else ("", "")


def _share_of_usual(days: Integers, labels: Labels) -> tuple[float, float] | None:
    """The newest week's total as a share of the weeks before it, and the least such share of two years."""
    start = int(labels.day.min())
    total = np.bincount(labels.day - start, weights=np.nan_to_num(labels.value))[days - start][-YEARS:]
    is_known = not np.isnan(labels.value[labels.day == days[-1]]).all()
    if len(total) < WEEKS_BEFORE + FEWEST + 1 or not is_known:
        return None
    usual = np.median(np.lib.stride_tricks.sliding_window_view(total[:-1], WEEKS_BEFORE), axis=1)
    if (usual <= 0).any():
        return None
    share = total[WEEKS_BEFORE:] / usual
    return float(share[-1]), float(share[:-1].min())


def _remembered(index: int, served: str) -> tuple[str, str]:
    for edge in "SE":
        if served == week_name(index, edge):
            return edge, "as in the model that serves"
    return "E", "as is usual"


def _contradiction(setting: str, calendar: Calendar, edge: str, because: str) -> str:
    is_last = bool(calendar.label(0) == calendar.last_day(0))
    if not edge or is_last == (edge == "E"):
        return ""
    return (
        f"weekly labels look like the {_name(edge)} day of their week, {because}, but {setting} means the "
        f'{_name(_other(edge)[1])}; [source.sales] frequency = "W{edge}" says otherwise'
    )


def _name(edge: str) -> str:
    return "first" if edge == "S" else "last"


def _other(edge: str) -> str:
    return "WE" if edge == "S" else "WS"
