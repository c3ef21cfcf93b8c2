"""The level: how much more or less often customers came over time than Pareto/NBD expects.

At each past landmark, the level is the intercept of the log odds of every bin's hazard with which, over all customers
known then, the expected number of visits is the observed one. In training each landmark has its own level, so the
network learns only how customers differ. The level ahead is forecast from those of the past, as described in
`models.next_visit.features.level_process`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.description import attempt, damaged
from models.next_visit.data.intervals import Rows
from models.next_visit.data.landmarks import landmark_rows, observed_bin, past_landmarks, seen_whole
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.hazards import from_log_odds, log_odds
from models.next_visit.features.level_process import PRIOR_INFORMATION, LevelProcess
from models.next_visit.features.pareto_nbd import ParetoNbd
from models.next_visit.features.purchases import Purchases
from nightcast.values import Bins

SPACING = 7
PARTS = ("intercepts", "information")
MOST_CUSTOMERS = 20_000
"""Customers of one landmark; a mean over more is hardly any steadier."""

ROWS_AT_ONCE = 400_000
"""Customers of several landmarks whose hazards are computed together; their ages at the ends of bins overlap."""

LARGEST_STEP = 2.0
NEWTON_STEPS = 8
SMALLEST_STEP = 1e-7
"""After a smaller step the next one would be of its square."""


@dataclass(frozen=True, eq=False)
class Level:
    """Intercepts of the log odds of each bin's hazard, at weekly landmarks.

    Attributes:
        first: the first visit day of all.
        bins: the bins.
        days: int64 (d), increasing.
        intercepts: float64 (d, K - 1); NaN where the bin had not been seen whole at the day of fitting.
        information: float64 (d, K - 1), the inverse of the squared statistical errors of the intercepts.
    """

    first: int
    bins: Bins
    days: NDArray[np.int64]
    intercepts: NDArray[np.float64]
    information: NDArray[np.float64]

    @classmethod
    def fit(cls, history: VisitHistory, as_of: int, bins: Bins, model: ParetoNbd) -> Level:
        """The level of the landmarks before `as_of`; `history` is what is known then."""
        days = past_landmarks(history, as_of, bins, SPACING)[::-1]
        both = np.zeros((2, days.size, bins.count - 1))
        at_once = max(1, ROWS_AT_ONCE // min(MOST_CUSTOMERS, max(history.customers, 1)))
        for start in range(0, days.size, at_once):
            part = slice(start, start + at_once)
            both[:, part] = np.swapaxes(_intercepts(history, days[part], bins, model), 0, 1)
        intercepts = np.where(seen_whole(days, as_of, bins), both[0], np.nan)
        return cls(as_of if history.first is None else history.first, bins, days, intercepts, both[1])

    @classmethod
    def flat(cls, day: int, bins: Bins) -> Level:
        """A level that is 0 at all times, where no landmark was seen."""
        none = np.zeros((0, bins.count - 1))
        return cls(day, bins, np.zeros(0, dtype=np.int64), none, none)

    def seen(self, day: NDArray[np.int64]) -> NDArray[np.float64]:
        """The level of past days, interpolated between landmarks; 0 where it was not seen: (r, K - 1)."""
        return self._interpolated(day)

    def expected(self, day: NDArray[np.int64]) -> NDArray[np.float64]:
        """The level to expect at days from the day of fitting on: (r, K - 1)."""
        return self._process.expected(day)

    @cached_property
    def _process(self) -> LevelProcess:
        return LevelProcess(self.first, self.bins, self.days, self.intercepts, self.information)

    def _interpolated(self, day: NDArray[np.int64]) -> NDArray[np.float64]:
        columns = [
            np.interp(day, self.days[seen], column[seen], left=0.0, right=0.0) if seen.any() else np.zeros(day.size)
            for column, seen in zip(self.intercepts.T, np.isfinite(self.intercepts).T, strict=True)
        ]
        return np.stack(columns, axis=1)

    def describe(self) -> dict[str, Any]:
        """The level as plain numbers, for JSON."""
        rows = [[float(value) if np.isfinite(value) else None for value in row] for row in self.intercepts]
        information = self.information.tolist()
        return {"first": self.first, "days": self.days.tolist(), "intercepts": rows, "information": information}

    @classmethod
    def described(cls, values: Any, bins: Bins) -> Level:
        """The level that `describe` described.

        Raises:
            InputError: if the numbers are missing, not finite or too few or too many.
        """
        first = attempt(lambda: int(values["first"]), "the level")
        days = attempt(lambda: np.asarray(values["days"], dtype=np.int64).reshape(-1), "the level")
        shape = (2, days.size, bins.count - 1)
        both = attempt(lambda: np.array([values[name] for name in PARTS], dtype=np.float64).reshape(shape), "the level")
        intercepts, information = both
        if np.isinf(intercepts).any() or not (information >= 0).all() or np.isinf(information).any():
            raise damaged("its level holds values that are not finite")
        if (np.diff(days) <= 0).any():
            raise damaged("its level holds days out of order")
        return cls(first, bins, days, intercepts, information)


def _intercepts(
    history: VisitHistory, days: NDArray[np.int64], bins: Bins, model: ParetoNbd
) -> list[NDArray[np.float64]]:
    """The intercepts and their information at each of these landmarks: (2, K - 1) each."""
    landmarks = [landmark_rows(history, days[[place]], MOST_CUSTOMERS, seed=0) for place in range(days.size)]
    rows = Rows.joined(landmarks)
    offset, label = log_odds(model.bin_hazards(Purchases.at(history, rows), bins)), observed_bin(history, rows, bins)
    ends, number = np.cumsum([landmark.size for landmark in landmarks])[:-1], np.arange(bins.count - 1)
    return [
        needed_intercepts(part, observed[:, None] == number, observed[:, None] >= number)
        for part, observed in zip(np.split(offset, ends), np.split(label, ends), strict=True)
    ]


def needed_intercepts(
    offset: NDArray[np.float64], visited: NDArray[np.bool_], at_risk: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """For each column, the intercept with which the expected number of visits is the observed one, by Newton's method.

    It is shrunk to 0 with the weight of five more rows of full information.

    Args:
        offset: (r, c), log odds.
        visited: (r, c), whether the visit was in the bin.
        at_risk: (r, c), whether there was none in an earlier bin, so that the row counts.

    Returns:
        The intercepts and, without that of the prior, their information (the curvature of the likelihood): (2, c).
    """
    intercept = information = np.zeros(offset.shape[1])
    for _ in range(NEWTON_STEPS):
        chance = from_log_odds(offset + intercept)
        information = (chance * (1.0 - chance) * at_risk).sum(axis=0)
        slope = ((visited - chance) * at_risk).sum(axis=0) - PRIOR_INFORMATION * intercept
        curvature = information + PRIOR_INFORMATION
        step = np.clip(slope / curvature, -LARGEST_STEP, LARGEST_STEP)
        intercept = intercept + step
        if np.abs(step).max(initial=0.0) < SMALLEST_STEP:
            break
    return np.stack([intercept, information])
