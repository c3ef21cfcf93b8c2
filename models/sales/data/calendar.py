"""Periods of a sales calendar: their numbers, their labels and the days that they cover.

The rule of labels: a daily label is its day; ``WS``, ``MS``, ``QS`` and ``YS`` labels are the first day of what they
cover, ``WE``, ``ME``, ``QE`` and ``YE`` labels the last. Of plain weeks, ``W-MON`` labels are the first day, and
``W-TUE`` .. ``W-SUN`` labels the last, as pandas has it. ``BMS``, ``BME`` and the like are labelled by the first or
last day from Monday to Friday, and as holidays differ, any day near it is the same label. A period is wholly known at
an as-of when its last covered day lies before it, so the first period that is not wholly known, step 1, is the one that
covers the as-of.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from models.common.arrays import Flags, Integers
from nightcast.errors import SettingsError

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
FREQUENCIES = (
    "auto", "D", "B", "W", *(f"W-{weekday}" for weekday in WEEKDAYS), "WS", "WE", "MS", "ME", "QS", "QE", "YS", "YE",
)  # fmt: skip
"""The values of the setting ``frequency``; what they leave open is taken from the data: weekday, edge, first month."""

HOLIDAYS_MOVE = 8
"""Days by which holidays may move the first or last business day of a month."""

_THURSDAY = 3  # 1970-01-01, day 0
_MONTHS_IN = {"M": 1, "Q": 3, "Y": 12}
_ANCHORS = {"W": WEEKDAYS, "WS": WEEKDAYS, "WE": WEEKDAYS, "QS": MONTHS, "QE": MONTHS, "YS": MONTHS, "YE": MONTHS}
_WITHOUT_ANCHOR = ("D", "B", "MS", "ME", "QS", "QE", "YS", "YE")


def weekday(day: ArrayLike) -> Integers:
    """The weekday of each day, Monday 0 to Sunday 6."""
    return (np.asarray(day, np.int64) + _THURSDAY) % 7


def month_of(day: ArrayLike) -> Integers:
    """Whole months since 1970-01 of each day."""
    return np.asarray(day, np.int64).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def month_start(month: ArrayLike) -> Integers:
    """The first day of each month, months counted since 1970-01."""
    return np.asarray(month, np.int64).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def last_business_day(day: ArrayLike) -> Integers:
    """The last day from Monday to Friday up to each day."""
    days = np.asarray(day, np.int64)
    return days - np.maximum(weekday(days) - 4, 0)


def first_business_day(day: ArrayLike) -> Integers:
    """The first day from Monday to Friday from each day on."""
    days = np.asarray(day, np.int64)
    return days + np.where(weekday(days) > 4, 7 - weekday(days), 0)


@dataclass(frozen=True)
class Calendar:
    """Period arithmetic for one frequency.

    Periods are numbered by ordinals: consecutive whole numbers. All methods take and return arrays of any shape.

    Args:
        frequency: ``D``, ``B``, ``W-MON`` .. ``W-SUN``, ``WS-MON`` .. ``WE-SUN``, ``MS``, ``ME``, ``QS``, ``QE``,
            ``YS`` or ``YE``; the last four also with the month that a quarter or year starts with, such as
            ``QS-FEB``; the last six also by business days, such as ``BME`` and ``BQE-FEB``.

    Raises:
        SettingsError: if the frequency is none of these.
    """

    frequency: str

    def __post_init__(self) -> None:
        known = self._kind in _WITHOUT_ANCHOR if not self._anchor else self._anchor in _ANCHORS.get(self._kind, ())
        if not known or self.frequency.endswith("-") or (self._is_business and self.family not in "MQY"):
            raise SettingsError(
                f"The frequency {self.frequency!r} is not known.", f"Choose one of {', '.join(FREQUENCIES)}."
            )

    @cached_property
    def family(self) -> str:
        """``D``, ``B``, ``W``, ``M``, ``Q`` or ``Y``, whatever the labels."""
        return self._kind[:1]

    @cached_property
    def _is_business(self) -> bool:
        """Whether months, quarters or years are labelled by business days."""
        return self.frequency[:1] == "B" and self.frequency != "B"

    @cached_property
    def _kind(self) -> str:
        return self.frequency[self._is_business :].partition("-")[0]

    @cached_property
    def _anchor(self) -> str:
        return self.frequency.partition("-")[2]

    @cached_property
    def _week_start(self) -> int:
        """The first day that week 0 covers."""
        return WEEKDAYS.index(self._anchor) - _THURSDAY - (6 if self._labels_last_day else 0)

    @cached_property
    def _first_month(self) -> int:
        return MONTHS.index(self._anchor) if self._anchor else 0

    @cached_property
    def _labels_last_day(self) -> bool:
        return self._anchor != "MON" if self._kind == "W" else self._kind[1:] == "E"

    def ordinal(self, day: ArrayLike) -> Integers:
        """The period that covers each day; for a weekend in ``B``, the Monday after it."""
        days = np.asarray(day, np.int64)
        if self.family == "D":
            return days
        if self.family == "B":
            return (days + _THURSDAY) // 7 * 5 + np.minimum(weekday(days), 5)
        if self.family == "W":
            return (days - self._week_start) // 7
        return (month_of(days) - self._first_month) // _MONTHS_IN[self.family]

    def first_day(self, ordinal: ArrayLike) -> Integers:
        """The first day that each period covers."""
        ordinals = np.asarray(ordinal, np.int64)
        if self.family == "D":
            return ordinals
        if self.family == "B":
            return ordinals // 5 * 7 + ordinals % 5 - _THURSDAY
        if self.family == "W":
            return ordinals * 7 + self._week_start
        return month_start(ordinals * _MONTHS_IN[self.family] + self._first_month)

    def last_day(self, ordinal: ArrayLike) -> Integers:
        """The last day that each period covers."""
        ordinals = np.asarray(ordinal, np.int64)
        return self.first_day(ordinals) if self.family in "DB" else self.first_day(ordinals + 1) - 1

    def label(self, ordinal: ArrayLike) -> Integers:
        """The day by which the source labels each period."""
        if self._labels_last_day:
            last = self.last_day(ordinal)
            return last_business_day(last) if self._is_business else last
        first = self.first_day(ordinal)
        return first_business_day(first) if self._is_business else first

    def names(self, day: ArrayLike) -> Flags:
        """Whether each day is the label of a period."""
        days = np.asarray(day, np.int64)
        distance = np.abs(self.label(self.ordinal(days)) - days)
        return np.asarray(distance <= (HOLIDAYS_MOVE if self._is_business else 0))
