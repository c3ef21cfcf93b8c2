"""A life table of the waits between visit days.

The hazard of a visit on day t of a wait is estimated by the actuarial method (the discrete form of Kaplan and
Meier, 1958) from all waits, the open ones censored, in cells of days that widen with t. It is kept apart for
customers with 1, with 2-4 and with 5 or more visit days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.common.description import attempt, damaged
from models.next_visit.data.intervals import Waits
from nightcast.values import Bins

GROUP_STARTS = np.array([1, 2, 5])
CELL_STARTS = np.concatenate(
    [np.arange(1, 29), np.arange(29, 197, 7), np.arange(197, 757, 28), np.arange(757, 3760, 91)]
).astype(np.int64)
LONGEST_WAIT = 36_600
"""Days of a century; a longer wait counts as one of these."""

FIRST_HAZARD = 0.01
NEIGHBOUR_VISITS = 1.0
POOLED_VISITS = 5.0


@dataclass(frozen=True, eq=False)
class LifeTable:
    """Hazards of a visit on each day of a wait.

    Attributes:
        hazards: float64 (groups, cells), the probability of a visit on a day of the wait, given none before it
            in this wait; between 0 and 1, both excluded. The last cell has no end.
    """

    hazards: NDArray[np.float64]

    @classmethod
    def fit(cls, waits: Waits) -> LifeTable:
        """Estimate the hazards.

        A cell's hazard is shrunk to that of the cell before it with the weight of one visit, and a group's to the
        pooled one with the weight of five. So a stretch of days that nobody waited through keeps the hazard of
        the stretch before it, and an empty history has a visit on one day in a hundred.
        """
        groups = np.searchsorted(GROUP_STARTS, waits.visit_days, side="right") - 1
        counted = [_counts(waits, groups == group) for group in range(GROUP_STARTS.size)]
        visits, exposure = (np.stack(parts) for parts in zip(*counted, strict=True))
        pooled = _smoothed(visits.sum(axis=0), exposure.sum(axis=0))
        return cls((visits + POOLED_VISITS) / (exposure + POOLED_VISITS / pooled))

    def bin_hazards(self, elapsed: NDArray[np.int64], visit_days: NDArray[np.int64], bins: Bins) -> NDArray[np.float64]:
        """Probability of the next visit in each bin but the last, given none in an earlier bin: (r, K - 1).

        With S(t) the probability of a wait longer than t days, and no visit in the `elapsed` - 1 whole days since
        the last one, bin a..b has the hazard ``1 - S(elapsed + b - 1) / S(elapsed + a - 2)``.
        """
        return -np.expm1(np.diff(self._log_survivals(elapsed, visit_days, bins), axis=1))

    def probabilities(
        self, elapsed: NDArray[np.int64], visit_days: NDArray[np.int64], bins: Bins
    ) -> NDArray[np.float64]:
        """Probability of each bin: (r, K)."""
        logs = self._log_survivals(elapsed, visit_days, bins)
        survival = np.exp(logs - logs[:, :1])
        return np.column_stack([survival[:, :-1] - survival[:, 1:], survival[:, -1]])

    def _log_survivals(
        self, elapsed: NDArray[np.int64], visit_days: NDArray[np.int64], bins: Bins
    ) -> NDArray[np.float64]:
        groups = np.searchsorted(GROUP_STARTS, np.maximum(visit_days, 1), side="right") - 1
        waited = np.maximum(elapsed, 1)[:, None] - 1 + np.array([0, *bins.edges])
        return self.log_survival(groups[:, None], waited)

    def describe(self) -> list[list[float]]:
        """The hazards as plain numbers, for JSON."""
        hazards: list[list[float]] = self.hazards.tolist()
        return hazards

    @classmethod
    def described(cls, values: object) -> LifeTable:
        """The table that `describe` described.

        Raises:
            InputError: if `values` are not a table of probabilities.
        """
        shape = (GROUP_STARTS.size, CELL_STARTS.size)
        hazards = attempt(lambda: np.asarray(values, dtype=np.float64).reshape(shape), "the life table")
        if not ((hazards > 0) & (hazards < 1)).all():
            raise damaged("the life table holds values that are no probabilities")
        return cls(hazards)

    def log_survival(self, group: NDArray[np.int64], days: NDArray[np.int64]) -> NDArray[np.float64]:
        """Log of the probability that a wait of this group is longer than `days`."""
        daily = np.log1p(-self.hazards)
        before = np.zeros_like(daily)
        before[:, 1:] = np.cumsum(daily[:, :-1] * np.diff(CELL_STARTS), axis=1)
        cell = np.maximum(np.searchsorted(CELL_STARTS, days, side="right") - 1, 0)
        result: NDArray[np.float64] = before[group, cell] + daily[group, cell] * (days - CELL_STARTS[cell] + 1)
        return result


def _counts(waits: Waits, in_group: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The visits in each cell, and the days on which one could have come and been seen."""
    days = np.minimum(waits.days[in_group], LONGEST_WAIT)
    completed = waits.completed[in_group]
    through = np.bincount(np.where(completed, days, days - 1), minlength=LONGEST_WAIT + 1)
    at_risk = np.cumsum(through[::-1])[::-1]
    visits = np.bincount(days[completed], minlength=LONGEST_WAIT + 1)
    return np.add.reduceat(visits, CELL_STARTS).astype(float), np.add.reduceat(at_risk, CELL_STARTS).astype(float)


def _smoothed(visits: NDArray[np.float64], exposure: NDArray[np.float64]) -> NDArray[np.float64]:
    hazards = np.empty_like(visits)
    hazard = (visits.sum() + NEIGHBOUR_VISITS) / (exposure.sum() + NEIGHBOUR_VISITS / FIRST_HAZARD)
    for cell in range(visits.size):
        hazard = (visits[cell] + NEIGHBOUR_VISITS) / (exposure[cell] + NEIGHBOUR_VISITS / hazard)
        hazards[cell] = hazard
    return hazards
