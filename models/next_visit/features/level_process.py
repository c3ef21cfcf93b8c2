"""The level of the time as a Gaussian process (Rasmussen and Williams, 2006), which forecasts the level ahead.

The level of a bin is the mean over the bin's weeks of several parts: three that change slowly, less slowly, and within
weeks; one that returns every year; and one that fades after the beginning of the data, when everybody is new. To it
comes a part of the bin's own, by which Pareto/NBD errs. What a week has by chance, and the statistical error of few
visits, are shared by all bins that cover the week. The variance of each part is fitted to the levels seen, by maximum
likelihood with a prior. So the level stays near 0 where it does not change, or where few visits show little of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from nightcast.values import Bins

YEAR = 364  # a whole number of weeks, so that weekdays agree
WEEK = 7

USUAL = {"trend": 0.10, "slow": 0.10, "fast": 0.10, "season": 0.15, "start": 0.25, "chance": 0.10, "own": 0.08}
"""Standard deviation of each part in log odds, before any level is seen."""

PRIOR_SPREAD = 1.0
"""Standard deviation of the prior of each part's log variance."""

TREND_DAYS, SLOW_DAYS, FAST_DAYS, START_DAYS, OWN_DAYS = 200.0, 300.0, 21.0, 50.0, 400.0
"""Days after which the parts have changed."""

SEASON_WIDTH, SEASON_DAYS = 0.5, 4000.0
"""How narrow a season is, 1 being about two months, and the days after which it has changed."""

LARGEST = 1.0
"""Levels count as at most this: what is beyond is of a feast, or of a week in which the shop was closed."""

RETURNING_SHARE = 0.7
"""Share of what is beyond that returns a year later."""

CERTAIN_ERRORS = 2.0
"""Statistical errors by which a level has to be beyond."""

OWN_ERROR = 0.5
"""Share of the statistical error of a bin that it does not share with other bins of the same weeks."""

PRIOR_INFORMATION = 5.0
"""Rows of full information by which levels have been shrunk to 0."""

LEAST_INFORMATION = 0.1
"""A level that less is known of is left out."""

MOST_POINTS = 600
"""Levels that are computed with: of more, every second, third, ... landmark is taken."""

STEPS = 10
JITTER = 1e-4

Days = NDArray[np.float64]
Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LevelProcess:
    """The process, given the levels of past landmarks.

    Attributes:
        first: the first visit day of all.
        bins: the bins.
        days: int64 (d), the landmarks, increasing.
        intercepts: float64 (d, K - 1), the levels, shrunk by the prior; NaN where unknown.
        information: float64 (d, K - 1), the inverse of their squared statistical errors without the prior.
    """

    first: int
    bins: Bins
    days: NDArray[np.int64]
    intercepts: NDArray[np.float64]
    information: NDArray[np.float64]

    def expected(self, day: NDArray[np.int64]) -> NDArray[np.float64]:
        """The mean of the process, (r, K - 1), at days from the newest landmark on."""
        count = self.bins.count - 1
        if not self._place.size or not day.size:
            return np.zeros((day.size, count))
        weeks = _weeks(float(day.min()), float(day.max()) + self.bins.horizon)
        number = np.tile(np.arange(count), day.size)
        ahead = np.repeat(day.astype(np.float64), count)
        cover = self._cover(ahead, number, weeks)
        mean = self._variances["own"] * self._own(ahead, number) @ self._weights
        for name, kernel in self._kernels(weeks).items():
            mean += self._variances[name] * (cover @ (kernel @ (self._seen_cover.T @ self._weights)))
        return np.asarray(mean).reshape(day.size, count) + self._returning(day)

    def _returning(self, day: NDArray[np.int64]) -> NDArray[np.float64]:
        """What returns of the levels beyond the largest of a year before, (r, K - 1)."""
        known = np.isfinite(self.intercepts) & (self.days >= self.first + 2 * START_DAYS)[:, None]
        errors = 1.0 / np.sqrt(np.maximum(self.information, LEAST_INFORMATION))
        beyond = np.maximum(np.abs(self.intercepts) - LARGEST - CERTAIN_ERRORS * errors, 0.0) * np.sign(self.intercepts)
        columns = np.where(known, beyond, 0.0).T
        ago = [np.interp(day - YEAR, self.days, column, left=0.0, right=0.0) for column in columns]
        return RETURNING_SHARE * np.stack(ago, axis=1)

    @cached_property
    def _place(self) -> NDArray[np.intp]:
        """Landmark and bin of each level that is computed with, (2, points)."""
        known = np.isfinite(self.intercepts) & (self.information >= LEAST_INFORMATION)
        every = max(1, -(-known.sum() // MOST_POINTS))
        known[::-1][np.arange(len(known)) % every > 0] = False
        return np.stack(np.nonzero(known))

    @cached_property
    def _seen(self) -> tuple[Days, NDArray[np.intp]]:
        landmark, number = self._place
        return self.days[landmark].astype(np.float64), number

    @cached_property
    def _seen_weeks(self) -> Days:
        return _weeks(float(self.days[0]), float(self.days[-1]) + self.bins.horizon)

    @cached_property
    def _seen_cover(self) -> Matrix:
        return self._cover(*self._seen, self._seen_weeks)

    def _cover(self, day: Days, number: NDArray[np.intp], weeks: Days) -> Matrix:
        """The share of each bin's days that lies in each week: (points, weeks)."""
        edges = np.array([0, *self.bins.edges], dtype=np.float64)
        start, end = (day + edges[number])[:, None], (day + edges[number + 1])[:, None]
        shared = np.maximum(np.minimum(end, weeks + WEEK) - np.maximum(start, weeks), 0.0)
        return np.asarray(shared / (end - start))

    def _kernels(self, weeks: Days) -> dict[str, Matrix]:
        """The correlation of each part between these weeks and the seen ones; variance times decay for the start."""
        apart = np.abs(weeks[:, None] - self._seen_weeks)
        smooth = np.sqrt(3.0) * apart / TREND_DAYS
        yearly = np.abs(2.0 * np.sin(np.pi * apart / YEAR)) / SEASON_WIDTH
        faded, seen_faded = (np.exp(-(one - self.first) / START_DAYS) for one in (weeks, self._seen_weeks))
        return {
            "trend": (1.0 + smooth) * np.exp(-smooth),
            "slow": np.exp(-apart / SLOW_DAYS),
            "fast": np.exp(-apart / FAST_DAYS),
            "season": np.exp(-yearly - apart / SEASON_DAYS),
            "start": np.outer(faded, seen_faded),
        }

    def _own(self, day: Days, number: NDArray[np.intp]) -> Matrix:
        """The correlation of the bins' own part between these bins and the seen ones."""
        seen_day, seen_number = self._seen
        alike = number[:, None] == seen_number
        return np.asarray(alike * np.exp(-np.abs(day[:, None] - seen_day) / OWN_DAYS))

    @cached_property
    def _levels(self) -> NDArray[np.float64]:
        place = tuple(self._place)
        unshrunk = self.intercepts[place] * (1.0 + PRIOR_INFORMATION / self.information[place])
        return np.asarray(np.clip(unshrunk, -LARGEST, LARGEST))

    @cached_property
    def _parts(self) -> Matrix:
        """The correlation of the seen levels by each part of `USUAL`: (parts, points, points)."""
        cover = self._seen_cover
        shared = {name: cover @ kernel @ cover.T for name, kernel in self._kernels(self._seen_weeks).items()}
        both = {**shared, "chance": cover @ cover.T, "own": self._own(*self._seen)}
        return np.stack([both[name] for name in USUAL])

    @cached_property
    def _errors(self) -> Matrix:
        """The covariance of the statistical errors of the seen levels; bins of the same weeks share most of it."""
        weekly = self.information[:, 0] * WEEK / self.bins.edges[0]
        known = np.isfinite(self.intercepts[:, 0])
        each = np.interp(self._seen_weeks, self.days[known], weekly[known]) if known.any() else np.ones(1)
        noise = self._seen_cover / np.maximum(each, LEAST_INFORMATION)
        own = OWN_ERROR / self.information[tuple(self._place)]
        return np.asarray(noise @ self._seen_cover.T + np.diag(own + JITTER))

    @cached_property
    def _variances(self) -> dict[str, float]:
        """The variance of each part, with the largest posterior probability."""
        usual = 2.0 * np.log(list(USUAL.values()))
        known, options = (usual, self._levels, self._parts, self._errors), {"maxiter": STEPS}
        best = minimize(_surprise, usual, known, "L-BFGS-B", jac=True, options=options)
        return dict(zip(USUAL, np.exp(best.x), strict=True))

    @cached_property
    def _weights(self) -> NDArray[np.float64]:
        """What each seen level adds to the mean, per covariance: (points,)."""
        variances = np.array([self._variances[name] for name in USUAL])
        factor = cho_factor(self._errors + np.tensordot(variances, self._parts, 1), lower=True)
        return np.asarray(cho_solve(factor, self._levels))


def _weeks(start: float, end: float) -> Days:
    return np.arange(start, end, WEEK, dtype=np.float64)


def _surprise(
    logarithms: NDArray[np.float64],
    usual: NDArray[np.float64],
    levels: NDArray[np.float64],
    parts: Matrix,
    errors: Matrix,
) -> tuple[float, NDArray[np.float64]]:
    """Negative log posterior of the parts' log variances, and its gradient."""
    variances, apart = np.exp(logarithms), (logarithms - usual) / PRIOR_SPREAD**2
    factor = cho_factor(errors + np.tensordot(variances, parts, 1), lower=True)
    inverse = cho_solve(factor, np.eye(levels.size))
    known = inverse @ levels
    value = 0.5 * levels @ known + np.log(np.diag(factor[0])).sum() + 0.5 * apart @ (logarithms - usual)
    slope = 0.5 * variances * np.einsum("ij,kij->k", inverse - np.outer(known, known), parts)
    return float(value), slope + apart
