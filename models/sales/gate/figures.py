"""The accuracy of forecasts from past origins: losses by series, and the reported figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Flags, Floats
from models.sales.data.panel import SalesPanel
from models.sales.features.scaling import LARGEST_RATIO
from models.sales.recipes.ensemble import segments_of
from models.sales.recipes.model import BANDS, DECILES, MEDIAN, QUANTILES

PRIMARY = "weighted_quantile_loss"
"""The metric by which reviews are compared with the evaluation: the reported one that is nearest to the gate's loss."""


@dataclass(frozen=True, eq=False)
class PastForecast:
    """One forecast of S series from a past origin, and the observed values.

    Attributes:
        mean: (S, H).
        quantiles: (S, H, Q).
        actual: (S, H), NaN where unknown; unknown values do not count.
        scale: Seasonal naive's mean absolute error inside the history of each series, (S,), for MASE.
    """

    mean: Floats
    quantiles: Floats
    actual: Floats
    scale: Floats

    @property
    def known(self) -> Flags:
        """Where the observed value is known, and there is a forecast."""
        return ~np.isnan(self.actual) & ~np.isnan(self.mean)


def quantile_loss(past: PastForecast, level: Floats) -> Floats:
    """Each series' sum over steps of the mean pinball loss, doubled, in units of its level, (S,).

    Doubled, it is the absolute error for the median alone. A series without a level (only zeros before the first
    origin) has the loss 0.

    Args:
        past: Forecast and observed values.
        level: (S,).
    """
    levels = np.asarray(QUANTILES)
    error = _in_levels(past.actual[:, :, None], level) - _in_levels(past.quantiles, level)
    loss = 2 * np.maximum(levels * error, (levels - 1) * error).mean(axis=2)
    return np.asarray(np.where(past.known & (level > 0)[:, None], loss, 0.0).sum(axis=1))


def scaled_sales(past: PastForecast, level: Floats) -> float:
    """The divisor of `quantile_loss`: the sum of absolute sales, each series in units of its level."""
    sales = np.abs(_in_levels(past.actual, level))
    return float(np.where(past.known & (level > 0)[:, None], sales, 0.0).sum())


def _in_levels(value: Floats, level: Floats) -> Floats:
    """Values in units of their series' level, with a bound, so that one absurd value does not decide for all series."""
    safe = np.where(level > 0, level, 1.0).reshape(-1, *(1,) * (value.ndim - 1))
    return np.clip(value / safe, -LARGEST_RATIO, LARGEST_RATIO)


def reported_segments(panel: SalesPanel) -> dict[str, Flags]:
    """The groups of series that figures are reported for: all, and the segments if there are several."""
    every, segments = np.ones(panel.series_count, bool), segments_of(panel)
    return {"all": every, **segments} if len(segments) > 1 else {"all": every}


def figures(past: PastForecast, series: Flags) -> dict[str, float]:
    """The reported figures over some series (S,); undefined ones are left out.

    ``wape`` and ``wape_mean``: absolute errors of median and mean over absolute sales. ``mase``: mean over series of
    the median's absolute error over seasonal naive's in the history. ``smape``: mean over series and steps of
    200 |error| / (|actual| + |median|), in percent, 0 where both are 0. ``weighted_quantile_loss``: doubled pinball
    losses, averaged over the nine deciles, over absolute sales. ``coverage_80`` and ``coverage_95``: the share of
    actuals inside the bands.
    """
    known = past.known & series[:, None]
    if not known.any():
        return {}
    actual, quantiles = past.actual[known], past.quantiles[known]
    median = quantiles[:, MEDIAN]
    size = np.abs(actual) + np.abs(median)
    share = np.divide(np.abs(actual - median), size, out=np.zeros_like(size), where=size > 0)
    values = {
        **_relative(actual, past.mean[known], quantiles, median),
        "mase": _mase(past, series),
        "smape": float(200 * np.mean(share)),
        "coverage_80": _coverage(actual, quantiles, BANDS[1]),
        "coverage_95": _coverage(actual, quantiles, BANDS[0]),
    }
    return {name: value for name, value in values.items() if np.isfinite(value)}


def _coverage(actual: Floats, quantiles: Floats, band: tuple[int, int]) -> float:
    low, high = band
    return float(np.mean((actual >= quantiles[:, low]) & (actual <= quantiles[:, high])))


def _relative(actual: Floats, mean: Floats, quantiles: Floats, median: Floats) -> dict[str, float]:
    sales = float(np.abs(actual).sum())
    if sales == 0:
        return {}
    levels, error = np.asarray(DECILES), actual[:, None] - quantiles[:, 1:-1]
    pinball = np.maximum(levels * error, (levels - 1) * error).mean(axis=1)
    return {
        "wape": float(np.abs(actual - median).sum() / sales),
        "wape_mean": float(np.abs(actual - mean).sum() / sales),
        "weighted_quantile_loss": float(2 * pinball.sum() / sales),
    }


def _mase(past: PastForecast, series: Flags) -> float:
    usable = series & past.known.any(axis=1) & (past.scale > 0)
    if not usable.any():
        return float("nan")
    scale = past.scale[usable, None]
    error = np.abs(past.actual[usable] / scale - past.quantiles[usable, :, MEDIAN] / scale)
    known = past.known[usable]
    return float(np.mean(np.where(known, error, 0.0).sum(axis=1) / known.sum(axis=1)))


def naive_scale(values: Floats, season: int) -> Floats:
    """Seasonal naive's mean absolute error inside each history, (S,); NaN where no pair of seasons is known.

    The denominator of the seasonal MASE (Hyndman and Koehler, 2006).
    """
    if values.shape[1] <= season:
        return np.full(len(values), np.nan)
    error = np.abs(values[:, season:] - values[:, :-season])
    known = ~np.isnan(error)
    count = known.sum(axis=1)
    return np.where(count > 0, np.sum(error, axis=1, where=known) / np.maximum(count, 1), np.nan)
