"""Periods of a sales calendar: their numbers, their labels and the days that they cover.

The rule of labels: a daily label is its day; a weekly label on a Monday starts its week, a label on any other weekday
ends it (as pandas has it for ``W-TUE`` .. ``W-SUN``); ``MS``, ``QS`` and ``YS`` labels are the first day of what they
cover, ``ME``, ``QE`` and ``YE`` labels the last. A period is wholly known at an as-of when its last covered day lies
before it, so the first period that is not wholly known, step 1, is the one that covers the as-of.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from models.common.arrays import Integers
from nightcast.errors import SettingsError

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
FREQUENCIES = (
    "auto", "D", "B", "W", *(f"W-{weekday}" for weekday in WEEKDAYS), "MS", "ME", "QS", "QE", "YS", "YE",
)  # fmt: skip
"""The values of the setting ``frequency``; "auto" and a bare "W" take the weekday or month end from the data."""

_THURSDAY = 3  # 1970-01-01, day 0
_MONTHS_IN = {"M": 1, "Q": 3, "Y": 12}


def weekday(day: ArrayLike) -> Integers:
    """The weekday of each day, Monday 0 to Sunday 6."""
    return (np.asarray(day, np.int64) + _THURSDAY) % 7


def month_of(day: ArrayLike) -> Integers:
    """Whole months since 1970-01 of each day."""
    return np.asarray(day, np.int64).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def month_start(month: ArrayLike) -> Integers:
    """The first day of each month, months counted since 1970-01."""
    return np.asarray(month, np.int64).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


@dataclass(frozen=True)
class Calendar:
    """Period arithmetic for one frequency.

    Periods are numbered by ordinals: consecutive whole numbers. All methods take and return arrays of any shape.

    Args:
        frequency: ``D``, ``B``, ``W-MON`` .. ``W-SUN``, ``MS``, ``ME``, ``QS``, ``QE``, ``YS`` or ``YE``; the last
            four also with the month that a quarter or year starts with, such as ``QS-FEB``.

    Raises:
        SettingsError: if the frequency is none of these.
    """

    frequency: str

    def __post_init__(self) -> None:
        kind, _, anchor = self.frequency.partition("-")
        anchors = {"D": ("",), "B": ("",), "W": WEEKDAYS, "MS": ("",), "ME": ("",)}.get(kind, ("", *MONTHS))
        if kind not in ("D", "B", "W", "MS", "ME", "QS", "QE", "YS", "YE") or anchor not in anchors:
            raise SettingsError(
                f"The frequency {self.frequency!r} is not known.", f"Choose one of {', '.join(FREQUENCIES)}."
            )

    @cached_property
    def family(self) -> str:
        """``D``, ``B``, ``W``, ``M``, ``Q`` or ``Y``, whatever the labels."""
        return self.frequency[0]

    @cached_property
    def _anchor(self) -> str:
        return self.frequency.partition("-")[2]

    @cached_property
    def _week_start(self) -> int:
        """The first day that week 0 covers."""
        index = WEEKDAYS.index(self._anchor)
        return index - _THURSDAY - (0 if index == 0 else 6)

    @cached_property
    def _first_month(self) -> int:
        return MONTHS.index(self._anchor) if self._anchor else 0

    @cached_property
    def _labels_last_day(self) -> bool:
        return (self.family == "W" and self._anchor != "MON") or self.frequency[1:2] == "E"

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
        return self.last_day(ordinal) if self._labels_last_day else self.first_day(ordinal)

    def names(self, day: ArrayLike) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Whether each day is the label of a period."""
        days = np.asarray(day, np.int64)
        return np.asarray(self.label(self.ordinal(days)) == days)
