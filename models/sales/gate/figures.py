"""How good forecasts were: per-series losses, and the figures that are reported."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Flags, Floats
from models.sales.features.scaling import LARGEST_RATIO
from models.sales.recipes.constraints import QUANTILES

MEDIAN = QUANTILES.index(0.5)

PRIMARY = "weighted_quantile_loss"
"""The figure that live forecasts are watched by: of those that are kept, the nearest to the gate's."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """One forecast of S series from one origin, beside what came.

    Attributes:
        mean: (S, H).
        quantiles: (S, H, 5).
        actual: (S, H), NaN where unknown: not scored.
        scale: Seasonal naive's mean absolute error inside the history of each series, (S,), for MASE.
    """

    mean: Floats
    quantiles: Floats
    actual: Floats
    scale: Floats

    @property
    def known(self) -> Flags:
        """What can be scored: the truth is known and there is a forecast."""
        return ~np.isnan(self.actual) & ~np.isnan(self.mean)


def quantile_loss(outcome: Outcome, level: Floats) -> Floats:
    """Each series' sum over steps of the mean pinball loss, doubled, in units of its level, (S,).

    Doubled, so that for the median alone it is the absolute error. A series without a level (all zeros or nothing
    before the first origin) counts nothing.

    Args:
        outcome: Forecast and truth.
        level: (S,).
    """
    levels = np.asarray(QUANTILES)
    error = _in_levels(outcome.actual[:, :, None], level) - _in_levels(outcome.quantiles, level)
    loss = 2 * np.maximum(levels * error, (levels - 1) * error).mean(axis=2)
    return np.asarray(np.where(outcome.known & (level > 0)[:, None], loss, 0.0).sum(axis=1))


def scaled_sales(outcome: Outcome, level: Floats) -> float:
    """What `quantile_loss` is divided by: the sum of absolute sales, each series in units of its level."""
    sales = np.abs(_in_levels(outcome.actual, level))
    return float(np.where(outcome.known & (level > 0)[:, None], sales, 0.0).sum())


def _in_levels(value: Floats, level: Floats) -> Floats:
    """Values in units of their series' level, cut so that one absurd value does not decide for all series."""
    safe = np.where(level > 0, level, 1.0).reshape(-1, *(1,) * (value.ndim - 1))
    with np.errstate(over="ignore", under="ignore"):
        return np.clip(value / safe, -LARGEST_RATIO, LARGEST_RATIO)


def figures(outcome: Outcome, series: Flags) -> dict[str, float]:
    """The reported figures over some series (S,); those that are undefined are left out.

    ``wape`` and ``wape_mean``: absolute errors of median and mean over absolute sales. ``mase``: mean over series of
    the median's absolute error over seasonal naive's in the history. ``smape``: mean over series and steps of
    200 |error| / (|actual| + |median|), in percent, 0 where both are 0. ``weighted_quantile_loss``: doubled pinball
    losses, averaged over the quantiles, over absolute sales. ``coverage_80`` and ``coverage_95``: the share of actuals
    inside the bands.
    """
    known = outcome.known & series[:, None]
    if not known.any():
        return {}
    actual, mean = outcome.actual[known], outcome.mean[known]
    quantiles = outcome.quantiles[known]
    largest = max(float(np.abs(actual).max()), float(np.abs(quantiles).max()), float(np.abs(mean).max()))
    if largest > 0:  # sums of huge values must not overflow
        actual, mean, quantiles = actual / largest, mean / largest, quantiles / largest
    median = quantiles[:, MEDIAN]
    found = _relative(actual, mean, quantiles, median)
    found["mase"] = _mase(outcome, series)
    size = np.abs(actual) + np.abs(median)
    found["smape"] = float(
        200 * np.mean(np.divide(np.abs(actual - median), size, out=np.zeros_like(size), where=size > 0))
    )
    found["coverage_80"] = float(np.mean((actual >= quantiles[:, 1]) & (actual <= quantiles[:, 3])))
    found["coverage_95"] = float(np.mean((actual >= quantiles[:, 0]) & (actual <= quantiles[:, 4])))
    return {name: value for name, value in found.items() if np.isfinite(value)}


def _relative(actual: Floats, mean: Floats, quantiles: Floats, median: Floats) -> dict[str, float]:
    sales = float(np.abs(actual).sum())
    if sales == 0:
        return {}
    levels, error = np.asarray(QUANTILES), actual[:, None] - quantiles
    pinball = np.maximum(levels * error, (levels - 1) * error).mean(axis=1)
    return {
        "wape": float(np.abs(actual - median).sum() / sales),
        "wape_mean": float(np.abs(actual - mean).sum() / sales),
        "weighted_quantile_loss": float(2 * pinball.sum() / sales),
    }


def _mase(outcome: Outcome, series: Flags) -> float:
    usable = series & outcome.known.any(axis=1) & (outcome.scale > 0)
    if not usable.any():
        return float("nan")
    scale = outcome.scale[usable, None]
    error = np.abs(outcome.actual[usable] / scale - outcome.quantiles[usable, :, MEDIAN] / scale)
    known = outcome.known[usable]
    return float(np.mean(np.where(known, error, 0.0).sum(axis=1) / known.sum(axis=1)))


def naive_scale(values: Floats, season: int) -> Floats:
    """Seasonal naive's mean absolute error inside each history, (S,); NaN where no pair of seasons is known.

    The denominator of the seasonal MASE (Hyndman and Koehler, 2006).
    """
    if values.shape[1] <= season:
        return np.full(len(values), np.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        error = np.abs(values[:, season:] - values[:, :-season])
    known = np.isfinite(error)
    count = known.sum(axis=1)
    shares = np.where(known, error, 0.0) / np.maximum(count, 1)[:, None]
    return np.where(count > 0, shares.sum(axis=1), np.nan)
