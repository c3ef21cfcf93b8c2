"""The season: what the same weeks of the year before brought, beyond what elapsed times explain.

For a day L the customers known a year earlier, at L - 364, are looked at: how many came in each bin then, against
how many the life table expects of customers with their elapsed times and visit days; and that against the same ratio,
over all bins, of the horizon just before, so that the level of that year drops out and its course remains. The
logarithm, times a weight below one because no two years are alike, is added to the log odds of the bin's hazard.
All of it lies before L as long as the horizon is at most 364 days; with a longer one, or without a year and a
horizon of history, there is no season.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.next_visit.artifact import attempt, malformed
from models.next_visit.landmarks import came_true, landmark_rows
from models.next_visit.life_table import LifeTable
from models.next_visit.visits import VisitHistory
from nightcast.values import Bins

YEAR = 364  # a whole number of weeks, so that weekdays agree
WEIGHT = 0.6
PRIOR_VISITS = 25.0
MOST_CUSTOMERS = 20_000
NEAR = 7
DAILY = 28


@dataclass(frozen=True, eq=False)
class Season:
    """Shifts of the log odds of each bin's hazard.

    Attributes:
        days: int64 (d), increasing.
        shifts: float64 (d, K - 1).
    """

    days: NDArray[np.int64]
    shifts: NDArray[np.float64]

    @classmethod
    def fit(
        cls, history: VisitHistory, as_of: int, landmarks: NDArray[np.int64], bins: Bins, table: LifeTable
    ) -> Season:
        """The season of the landmarks, and of the days from `as_of` on whose year before has been seen.

        Args:
            history: what is known at `as_of`.
            as_of: the day of fitting.
            landmarks: the days of the training rows.
            bins: the bins.
            table: the life table of the history.
        """
        ahead = [as_of + day for day in range(DAILY)] + list(
            range(as_of + DAILY, as_of + YEAR - bins.horizon + 1, NEAR)
        )
        days = np.unique(np.concatenate([landmarks, np.asarray(ahead, dtype=np.int64)]))
        first = history.first
        known = (days - YEAR - bins.horizon > (as_of if first is None else first)) & (
            days - YEAR + bins.horizon <= as_of
        )
        days = days[known] if bins.horizon <= YEAR else days[:0]
        shifts = [_shift(history, int(day) - YEAR, bins, table) for day in days]
        return cls(days, np.reshape(shifts, (days.size, bins.count - 1)).astype(np.float64))

    def at(self, day: NDArray[np.int64]) -> NDArray[np.float64]:
        """The shifts of each row's day, those of up to a week before where it was not fitted: (r, K - 1).

        Zeros where there are none.
        """
        if not self.days.size:
            return np.zeros((day.size, self.shifts.shape[1]))
        place = np.maximum(np.searchsorted(self.days, day, side="right") - 1, 0)
        gap = day - self.days[place]
        return np.where(((gap >= 0) & (gap < NEAR))[:, None], self.shifts[place], 0.0)

    def describe(self) -> dict[str, Any]:
        """As plain numbers, for JSON."""
        return {"days": self.days.tolist(), "shifts": self.shifts.tolist()}

    @classmethod
    def described(cls, values: Any, bins: Bins) -> Season:
        """What `describe` gave.

        Raises:
            InputError: if the numbers are missing, not finite or another count.
        """
        days = attempt(lambda: np.asarray(values["days"], dtype=np.int64).reshape(-1), "the season")
        shape = (days.size, bins.count - 1)
        shifts = attempt(lambda: np.asarray(values["shifts"], dtype=np.float64).reshape(shape), "the season")
        if not np.isfinite(shifts).all() or (np.diff(days) <= 0).any():
            raise malformed("its season holds values that are not finite, or days out of order")
        return cls(days, shifts)


def _shift(history: VisitHistory, day: int, bins: Bins, table: LifeTable) -> NDArray[np.float64]:
    came, expected = _came_and_expected(history, day, bins, table)
    came_before, expected_before = _came_and_expected(history, day - bins.horizon, bins, table)
    level = _log_ratio(came_before.sum(), expected_before.sum())
    shift: NDArray[np.float64] = WEIGHT * (_log_ratio(came, expected) - level)
    return shift


def _log_ratio(came: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = np.log((came + PRIOR_VISITS) / (expected + PRIOR_VISITS))
    return ratio


def _came_and_expected(
    history: VisitHistory, day: int, bins: Bins, table: LifeTable
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Customers known at `day` who came in each bin, and how many the life table expects: (K - 1,) each."""
    rows = landmark_rows(history, np.array([day]), MOST_CUSTOMERS, seed=0)
    hazards = table.bin_hazards(rows.elapsed(history), rows.visit_days(history), bins)
    label, number = came_true(history, rows, bins)[:, None], np.arange(bins.count - 1)
    return (label == number).sum(axis=0).astype(np.float64), (hazards * (label >= number)).sum(axis=0)
