"""Exponential smoothing in batch: level, damped trend and season of many series, for every parameter of a grid.

The model with additive error, damped trend and additive season (Hyndman, Koehler, Ord and Snyder, 2008, table 2.3): of
the error e of a step, the level takes alpha e, the trend alpha beta e, and the season gamma (1 - alpha) e.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Floats

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
        distance: The mean absolute error one step ahead, (n, G).
        count: Errors that these are the means of, (n,).
    """

    level: Floats
    trend: Floats
    season: Floats
    variance: Floats
    distance: Floats
    count: Floats


def smooth(values: Floats, index: Floats, grid: Grid, largest: Floats | None = None) -> Smoothed:
    """Smooth histories.

    Args:
        values: (n, T), NaN unknown; an unknown value changes no state.
        index: The season at the start, (n, m), position 0 being that of column 0.
        grid: The combinations.
        largest: Errors are cut to this, (n,), so that single days change no state much; None: not at all.
    """
    period, known = index.shape[1], ~np.isnan(values)
    season = np.repeat(index[:, :, None], len(grid.alpha), axis=2)
    level = np.repeat(_start(values, index)[:, None], len(grid.alpha), axis=1)
    trend, squares, distances = np.zeros_like(level), np.zeros_like(level), np.zeros_like(level)
    of_trend, of_season = grid.alpha * grid.beta, grid.gamma * (1 - grid.alpha)
    counts = known & (np.cumsum(known, axis=1) > BURN_IN)
    bound = np.inf if largest is None else largest[:, None]
    for column in range(values.shape[1]):
        here, place, carried = known[:, column, None], column % period, grid.damping * trend
        expected = level + carried
        error = np.where(here, values[:, column, None] - expected - season[:, place], 0.0)
        cut = np.clip(error, -bound, bound)
        level = expected + grid.alpha * cut
        trend = carried + of_trend * cut
        season[:, place] += of_season * cut
        squares += np.where(counts[:, column, None], cut**2, 0.0)
        distances += np.where(counts[:, column, None], np.abs(error), 0.0)
    number = counts.sum(axis=1).astype(np.float64)
    season, each = np.roll(season, -(values.shape[1] % period), axis=1), np.maximum(number, 1)[:, None]
    return Smoothed(level, trend, season, squares / each + TINY, distances / each, number)


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
