"""Exponential smoothing in batch: level, damped trend and season of many series, for every parameter of a grid.

The model with additive error, damped trend and additive season (Hyndman, Koehler, Ord and Snyder, 2008, table 2.3): of
the error e of a step, the level takes alpha e, the trend alpha beta e, and the season gamma (1 - alpha) e.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Floats

AT_ONCE = 256
"""Series that are worked on at a time: what a period reads and writes stays in the cache."""

TINY = 1e-12

BURN_IN = 2
"""Known values after which errors count."""


@dataclass(frozen=True, eq=False)
class Grid:
    """G combinations of parameters, (G,) each.

    Attributes:
        alpha: Of the level.
        beta: Of the trend, as a share of alpha; 0 with `damping` 0: no trend.
        damping: The share of the trend that is left after a step.
        gamma: Of the season, as a share of what alpha leaves.
    """

    alpha: Floats
    beta: Floats
    damping: Floats
    gamma: Floats

    @classmethod
    def of(cls, alphas: Floats, trends: tuple[tuple[float, float], ...], gammas: Floats) -> Grid:
        """All combinations; a trend is its beta and its damping."""
        alpha, beta, damping, gamma = np.array(
            [(alpha, *trend, gamma) for trend in trends for alpha in alphas.tolist() for gamma in gammas.tolist()]
        ).T
        return cls(alpha, beta, damping, gamma)

    @property
    def parameters(self) -> Floats:
        """The number of estimated parameters, (G,)."""
        return np.asarray(1.0 + 2.0 * (self.damping > 0) + (self.gamma > 0), np.float64)


@dataclass(frozen=True, eq=False)
class Smoothed:
    """The states of n series after their history, for each of G combinations.

    Attributes:
        level: (n, G).
        trend: (n, G).
        season: The deviation at each position, position 0 being that of step 1, (n, m, G).
        variance: The mean squared error one step ahead, (n, G).
        distance: The mean absolute error one step ahead, (n, G); 0 where errors are cut.
        count: Errors that these are the means of, (n,).
    """

    level: Floats
    trend: Floats
    season: Floats
    variance: Floats
    distance: Floats
    count: Floats


def smooth(values: Floats, index: Floats, grid: Grid, largest: Floats | None = None) -> Smoothed:
    """Smooth histories, `AT_ONCE` series at a time.

    Args:
        values: (n, T), NaN unknown; an unknown value changes no state.
        index: The season at the start, (n, m), position 0 being that of column 0.
        grid: The combinations.
        largest: Errors are cut to this, (n,), so that single days change no state much; None: not at all.
    """
    parts = [slice(start, start + AT_ONCE) for start in range(0, max(len(values), 1), AT_ONCE)]
    found = [
        _smooth(values[part], index[part], grid, None if largest is None else largest[part, None].T) for part in parts
    ]
    return Smoothed(*(np.concatenate([getattr(part, name) for part in found]) for name in vars(found[0])))


def _smooth(values: Floats, index: Floats, grid: Grid, largest: Floats | None) -> Smoothed:
    """The same of some series; arrays are (G, n) here, so that each period changes whole rows; `largest` is (1, n)."""
    by_period = np.ascontiguousarray(values.T)
    known = ~np.isnan(by_period)
    counts = known & (np.cumsum(known, axis=0) > BURN_IN)
    counts_alike = (counts == known).all(axis=1)
    filled, known_as_number = np.where(known, by_period, 0.0), known.astype(np.float64)
    alpha, damping, of_trend, of_season = (
        column[:, None] for column in (grid.alpha, grid.damping, grid.alpha * grid.beta, grid.gamma * (1 - grid.alpha))
    )
    season = np.repeat(index.T[:, None], len(alpha), axis=1)
    level = np.repeat(_start(values, index)[None], len(alpha), axis=0)
    trend, squares, distances = (np.zeros_like(level) for _ in range(3))
    error, change = np.empty_like(level), np.empty_like(level)
    for column in range(len(known)):
        place = season[column % len(season)]
        trend *= damping
        level += trend
        np.subtract(filled[column], level, out=error)
        error -= place
        error *= known_as_number[column]
        if largest is None:
            np.abs(error, out=change)
            distances += change if counts_alike[column] else change * counts[column]
        else:
            np.minimum(np.maximum(error, -largest, out=error), largest, out=error)
        level += np.multiply(alpha, error, out=change)
        trend += np.multiply(of_trend, error, out=change)
        place += np.multiply(of_season, error, out=change)
        np.multiply(error, error, out=change)
        squares += change if counts_alike[column] else change * counts[column]
    number = counts.sum(axis=0).astype(np.float64)
    each = np.maximum(number, 1)
    season = np.roll(season, -(len(known) % len(season)), axis=0).transpose(2, 0, 1)
    means = [(sums / each).T for sums in (squares, distances)]
    level, trend, variance, distance = (np.ascontiguousarray(part) for part in (level.T, trend.T, *means))
    return Smoothed(level, trend, np.ascontiguousarray(season), variance + TINY, distance, number)


def _start(values: Floats, index: Floats) -> Floats:
    """The level at the start: the mean of the first known values without their season, (n,)."""
    rest = without_season(values, index)
    known = ~np.isnan(rest)
    first = known & (np.cumsum(known, axis=1) <= min(max(index.shape[1], 4), 8))
    return np.asarray(np.sum(rest, axis=1, where=first) / np.maximum(first.sum(axis=1), 1))


def without_season(values: Floats, index: Floats) -> Floats:
    """Histories (n, T) less the season (n, m) whose position 0 is that of column 0."""
    return values - np.tile(index, -(-values.shape[1] // index.shape[1]))[:, : values.shape[1]]


def ahead(grid: Grid, smoothed: Smoothed, horizon: int) -> Floats:
    """The forecasts of every combination, (n, H, G)."""
    damped = np.cumsum(grid.damping[None] ** np.arange(1, horizon + 1)[:, None], axis=0)
    place = np.arange(horizon) % smoothed.season.shape[1]
    return np.asarray(smoothed.level[:, None] + damped * smoothed.trend[:, None] + smoothed.season[:, place])


def growth(grid: Grid, season: int, horizon: int) -> Floats:
    """The variance of the error at each step, in variances of one step, (H, G) (the same, table 6.1)."""
    step = np.arange(1, horizon)[:, None]
    damped = np.cumsum(grid.damping[None] ** step, axis=0)
    weight = grid.alpha + grid.alpha * grid.beta * damped
    weight = weight + np.where(step % season == 0, grid.gamma * (1 - grid.alpha), 0.0)
    return np.concatenate([np.ones((1, len(grid.alpha))), 1 + np.cumsum(weight**2, axis=0)])


def akaike_weights(smoothed: Smoothed, grid: Grid) -> Floats:
    """The weight of each combination for each series, (n, G) (Burnham and Anderson, 2002)."""
    count = np.maximum(smoothed.count, 1)[:, None]
    free = np.maximum(count - grid.parameters - 1, 0.5)
    criterion = count * np.log(smoothed.variance) + 2 * grid.parameters * count / free
    weight = np.exp(-0.5 * (criterion - criterion.min(axis=1, keepdims=True)))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))
