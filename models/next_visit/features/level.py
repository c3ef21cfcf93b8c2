"""The level: how much more or less readily customers came, in the course of time, than Pareto/NBD expects of them.

At each past landmark it is the intercept that the log odds of every bin's hazard needed there, over all customers known
then, to expect as many visits as came. In training each landmark carries its own level, so that the network learns only
what tells customers apart. What the level will be is expected from the same weeks of the year before, of which seven
tenths come again, and from what the newest landmarks had beyond that, of which half lasts. Without a year of
history only the second part counts; and a year before counts in full only if the data had begun three quarters of a
year before it, since at their beginning everybody is new, which looks like a season.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.landmarks import came_true, landmark_days, landmark_rows
from models.next_visit.data.visits import VisitHistory
from models.next_visit.recipes.artifact import attempt, malformed
from models.next_visit.recipes.pareto_nbd import ParetoNbd, Purchases
from nightcast.values import Bins

YEAR = 364  # a whole number of weeks, so that weekdays agree
SPACING = 7
LONGEST_PAST = 910
"""Days back to the oldest landmark: two and a half years, a year before those that are learned from most."""

RETURNING_SHARE = 0.7
LASTING_SHARE = 0.5
SETTLED_DAYS = 273
"""Days from the beginning of the data until a level counts in full."""
NEWEST = 4
MOST_CUSTOMERS = 20_000
PRIOR_INFORMATION = 5.0
LARGEST_STEP = 2.0
NEWTON_STEPS = 8


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
        found = [_intercepts(history, int(day), as_of, bins, model) for day in days]
        first = as_of if history.first is None else history.first
        return cls(first, days, np.reshape(found, (days.size, bins.count - 1)).astype(np.float64))

    def seen(self, day: NDArray[np.int64]) -> NDArray[np.float64]:
        """The level of past days, between landmarks in proportion; 0 where it was not seen: (r, K - 1)."""
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
        """As plain numbers, for JSON."""
        rows = [[float(value) if np.isfinite(value) else None for value in row] for row in self.intercepts]
        return {"first": self.first, "days": self.days.tolist(), "intercepts": rows}

    @classmethod
    def described(cls, values: Any, bins: Bins) -> Level:
        """What `describe` gave.

        Raises:
            InputError: if the numbers are missing, not finite or another count.
        """
        first = attempt(lambda: int(values["first"]), "the level")
        days = attempt(lambda: np.asarray(values["days"], dtype=np.int64).reshape(-1), "the level")
        shape = (days.size, bins.count - 1)
        intercepts = attempt(lambda: np.array(values["intercepts"], dtype=np.float64).reshape(shape), "the level")
        if np.isinf(intercepts).any() or (np.diff(days) <= 0).any():
            raise malformed("its level holds values that are not finite, or days out of order")
        return cls(first, days, intercepts)


def past_landmarks(history: VisitHistory, as_of: int, bins: Bins, spacing: int) -> NDArray[np.int64]:
    """Past as-ofs of which at least the first bin was seen whole by `as_of`, newest first, not too long ago."""
    days = landmark_days(history.first, as_of, bins.edges[0], spacing)
    return days[days >= as_of - max(LONGEST_PAST, 2 * bins.horizon)]


def seen_whole(day: NDArray[np.int64], as_of: int, bins: Bins) -> NDArray[np.bool_]:
    """Which bins but the last of these days lie before `as_of`: (r, K - 1)."""
    seen: NDArray[np.bool_] = day[:, None] + np.asarray(bins.edges) <= as_of
    return seen


def log_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log odds, kept within what a single-precision network bears."""
    inside = np.clip(probability, 1e-5, 1 - 1e-5)
    result: NDArray[np.float64] = np.log(inside / (1 - inside))
    return result


def _intercepts(history: VisitHistory, day: int, as_of: int, bins: Bins, model: ParetoNbd) -> NDArray[np.float64]:
    rows = landmark_rows(history, np.array([day]), MOST_CUSTOMERS, seed=0)
    offset = log_odds(model.bin_hazards(Purchases.at(history, rows), bins))
    label, number = came_true(history, rows, bins)[:, None], np.arange(bins.count - 1)
    found = needed_intercepts(offset, label == number, label >= number)
    return np.where(seen_whole(np.array([day]), as_of, bins)[0], found, np.nan)


def needed_intercepts(
    offset: NDArray[np.float64], came: NDArray[np.bool_], open_still: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The intercept of each column that expects as many as came, drawn to 0 as by five more rows of full information.

    Args:
        offset: (r, c), log odds.
        came: (r, c), what came true.
        open_still: (r, c), which count.
    """
    intercept = np.zeros(offset.shape[1])
    for _ in range(NEWTON_STEPS):
        chance = 1.0 / (1.0 + np.exp(-(offset + intercept)))
        slope = ((came - chance) * open_still).sum(axis=0) - PRIOR_INFORMATION * intercept
        curvature = (chance * (1.0 - chance) * open_still).sum(axis=0) + PRIOR_INFORMATION
        intercept = intercept + np.clip(slope / curvature, -LARGEST_STEP, LARGEST_STEP)
    return intercept
