"""The level: how much more or less often customers came over time than Pareto/NBD expects.

At each past landmark, the level is the intercept of the log odds of every bin's hazard with which, over all customers
known then, the expected number of visits is the observed one. In training each landmark has its own level, so the
network learns only how customers differ. The level ahead has two parts: seven tenths of the level in the same weeks of
the year before, and half of the excess of the newest landmarks over that. Without a year of history only the second
part counts. The year before counts in full only if the data began three quarters of a year before it: at the beginning
of the data everybody is new, which looks like a season.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.description import attempt, damaged
from models.next_visit.data.intervals import Rows
from models.next_visit.data.landmarks import landmark_rows, observed_bin, past_landmarks, seen_whole
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.hazards import from_log_odds, log_odds
from models.next_visit.features.pareto_nbd import ParetoNbd, Purchases
from nightcast.values import Bins

YEAR = 364  # a whole number of weeks, so that weekdays agree
SPACING = 7
RETURNING_SHARE = 0.7
LASTING_SHARE = 0.5
SETTLED_DAYS = 273
"""Days from the beginning of the data until a level counts in full."""

NEWEST = 4
MOST_CUSTOMERS = 20_000
"""Customers of one landmark; a mean over more is hardly any steadier."""

ROWS_AT_ONCE = 400_000
"""Customers of several landmarks whose hazards are computed together; their ages at the ends of bins overlap."""

PRIOR_INFORMATION = 5.0
LARGEST_STEP = 2.0
NEWTON_STEPS = 8
SMALLEST_STEP = 1e-7
"""After a smaller step the next one would be of its square."""


@dataclass(frozen=True, eq=False)
class Level:
    """Intercepts of the log odds of each bin's hazard, at weekly landmarks.

    Attributes:
        first: the first visit day of all.
        days: int64 (d), increasing.
        intercepts: float64 (d, K - 1); NaN where the bin had not been seen whole at the day of fitting.
    """

    first: int
    days: NDArray[np.int64]
    intercepts: NDArray[np.float64]

    @classmethod
    def fit(cls, history: VisitHistory, as_of: int, bins: Bins, model: ParetoNbd) -> Level:
        """The level of the landmarks before `as_of`; `history` is what is known then."""
        days = past_landmarks(history, as_of, bins, SPACING)[::-1]
        intercepts = np.full((days.size, bins.count - 1), np.nan)
        at_once = max(1, ROWS_AT_ONCE // min(MOST_CUSTOMERS, max(history.customers, 1)))
        for start in range(0, days.size, at_once):
            part = slice(start, start + at_once)
            intercepts[part] = _intercepts(history, days[part], bins, model)
        intercepts[~seen_whole(days, as_of, bins)] = np.nan
        return cls(as_of if history.first is None else history.first, days, intercepts)

    def seen(self, day: NDArray[np.int64]) -> NDArray[np.float64]:
        """The level of past days, interpolated between landmarks; 0 where it was not seen: (r, K - 1)."""
        return self._interpolated(day)

    def expected(self, day: NDArray[np.int64]) -> NDArray[np.float64]:
        """The level to expect at days from the day of fitting on: (r, K - 1)."""
        different, place = np.unique(day, return_inverse=True)
        return (self._returning(different) + self._lasting())[place.ravel()]

    def _returning(self, day: NDArray[np.int64]) -> NDArray[np.float64]:
        settled = np.clip((day - YEAR - self.first) / SETTLED_DAYS, 0.0, 1.0)
        return RETURNING_SHARE * settled[:, None] * self._interpolated(day - YEAR)

    def _lasting(self) -> NDArray[np.float64]:
        beyond = self.intercepts - self._returning(self.days)
        kept = [column[np.isfinite(column)][-NEWEST:] for column in beyond.T]
        return LASTING_SHARE * np.array([column.mean() if column.size else 0.0 for column in kept])

    def _interpolated(self, day: NDArray[np.int64]) -> NDArray[np.float64]:
        columns = [
            np.interp(day, self.days[seen], column[seen], left=0.0, right=0.0) if seen.any() else np.zeros(day.size)
            for column, seen in zip(self.intercepts.T, np.isfinite(self.intercepts).T, strict=True)
        ]
        return np.stack(columns, axis=1)

    def describe(self) -> dict[str, Any]:
        """The level as plain numbers, for JSON."""
        rows = [[float(value) if np.isfinite(value) else None for value in row] for row in self.intercepts]
        return {"first": self.first, "days": self.days.tolist(), "intercepts": rows}

    @classmethod
    def described(cls, values: Any, bins: Bins) -> Level:
        """The level that `describe` described.

        Raises:
            InputError: if the numbers are missing, not finite or too few or too many.
        """
        first = attempt(lambda: int(values["first"]), "the level")
        days = attempt(lambda: np.asarray(values["days"], dtype=np.int64).reshape(-1), "the level")
        shape = (days.size, bins.count - 1)
        intercepts = attempt(lambda: np.array(values["intercepts"], dtype=np.float64).reshape(shape), "the level")
        if np.isinf(intercepts).any() or (np.diff(days) <= 0).any():
            raise damaged("its level holds values that are not finite, or days out of order")
        return cls(first, days, intercepts)


def _intercepts(
    history: VisitHistory, days: NDArray[np.int64], bins: Bins, model: ParetoNbd
) -> list[NDArray[np.float64]]:
    """The intercepts of each of these landmarks."""
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
    """The intercept of each column with which the expected number of visits is the observed one, by Newton's method.

    It is shrunk to 0 with the weight of five more rows of full information.

    Args:
        offset: (r, c), log odds.
        visited: (r, c), whether the visit was in the bin.
        at_risk: (r, c), whether there was none in an earlier bin, so that the row counts.
    """
    intercept = np.zeros(offset.shape[1])
    for _ in range(NEWTON_STEPS):
        chance = from_log_odds(offset + intercept)
        slope = ((visited - chance) * at_risk).sum(axis=0) - PRIOR_INFORMATION * intercept
        curvature = (chance * (1.0 - chance) * at_risk).sum(axis=0) + PRIOR_INFORMATION
        step = np.clip(slope / curvature, -LARGEST_STEP, LARGEST_STEP)
        intercept = intercept + step
        if np.abs(step).max(initial=0.0) < SMALLEST_STEP:
            break
    return intercept
