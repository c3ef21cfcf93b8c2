"""Labels of periods that are midnights of another time zone.

A database that keeps moments in UTC has 22:00 or 23:00 of the day before for a date that was written in Zurich, and
05:00 or 04:00 of the same day for one of New York. Taken by its own date, the first of a month would become the last
day of the month before.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from tasks.conversion.moments import MICROSECONDS_PER_DAY, LocalDays

AHEAD_HOURS = 13
"""Zones are up to 13 hours ahead of UTC, and less than 11 behind: which midnight a moment is follows from its hour."""

CONSISTENT = 0.95
"""The share of labels that has to lie at one time of day, or at two that are an hour apart, in summer and winter."""

_MINUTE = 60_000_000
_NOON = 12 * 60
_NEXT_DAY = (24 - AHEAD_HOURS) * 60
_SUMMER_TIMES = (-60, -30, 30, 60)


class Midnights:
    """The times of day at which the labels of a source lie, collected batch by batch."""

    def __init__(self) -> None:
        self._aware: Counter[int] = Counter()
        self._written: Counter[int] = Counter()

    def late(self, days: LocalDays, keep: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Look at the labels of a batch: which of those used, (k,), are midnights of the day after.

        Args:
            days: the labels' days, and their moments.
            keep: which labels are used, (n,).
        """
        if not (days.is_timed & keep).any():
            return np.zeros(np.count_nonzero(keep), dtype=np.bool_)
        moments = days.microseconds
        midnight = (moments + AHEAD_HOURS * 60 * _MINUTE) // MICROSECONDS_PER_DAY
        minutes = np.where(moments % _MINUTE == 0, moments % MICROSECONDS_PER_DAY // _MINUTE, -1)
        for times, is_aware in ((self._aware, True), (self._written, False)):
            found, rows = np.unique(minutes[days.is_timed & keep & (days.is_aware == is_aware)], return_counts=True)
            times.update(dict(zip(found.tolist(), rows.tolist(), strict=True)))
        return np.asarray((days.is_timed & (midnight > days.day))[keep])

    @property
    def times(self) -> tuple[int, ...]:
        """The one or two minutes of the day of nearly all labels, if they are midnights of a zone; else nothing."""
        return self._usual(CONSISTENT)

    @property
    def times_of_most(self) -> tuple[int, ...]:
        """The same of most labels."""
        return self._usual(0.5)

    def _usual(self, least: float) -> tuple[int, ...]:
        counts = self._aware + self._written
        if not counts:
            return ()
        top = counts.most_common(1)[0][0]
        beside = max(((top + step) % 1440 for step in _SUMMER_TIMES), key=lambda time: counts[time])
        found = tuple(sorted(time for time in (top, beside) if counts[time]))
        is_usual = sum(counts[time] for time in found) >= least * counts.total()
        is_of_two_days = found[0] < _NEXT_DAY <= found[-1] <= found[0] + 60
        return () if not is_usual or is_of_two_days or found[0] < 0 or found == (_NOON,) else found

    @property
    def is_certain(self) -> bool:
        """Whether the labels cannot be times of day at one place: they change with summer, or have an offset."""
        return len(self.times) > 1 or self._aware.total() > self._written.total()


def clock_times(minutes: tuple[int, ...]) -> str:
    """Minutes of the day as people write them, such as ``22:00 or 23:00``."""
    return " or ".join(f"{minute // 60:02}:{minute % 60:02}" for minute in minutes)
