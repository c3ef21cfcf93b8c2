"""Figures of sales forecasts, independent of the program's own evaluation, so that they check it.

A case is one series at one origin. `history` is (n, L), each row ending with the last period before its origin, NaN
where unknown; `actual` is (n, H), the periods from the origin on, NaN where unknown, which does not count. A figure is
nan if an observed value has no forecast, so that missing forecasts are no advantage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DECILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
LEVELS = (0.025, *DECILES, 0.975)
BANDS = {80: (1, 9), 95: (0, 10)}
"""The positions of the two quantiles at the ends of each band, by its percentage."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Forecast:
    """A model's forecast of n cases.

    Attributes:
        mean: (n, H).
        quantiles: (n, H, 11) at `LEVELS`; NaN but for the median where a model gives none.
    """

    mean: Numbers
    quantiles: Numbers

    @property
    def median(self) -> Numbers:
        """The quantile at one half, (n, H)."""
        return self.quantiles[:, :, LEVELS.index(0.5)]


def smape(actual: Numbers, forecast: Numbers) -> float:
    """Mean over cases of the mean of 200 |a - f| / (|a| + |f|), in percent, 0 where both are 0."""
    known, size = ~np.isnan(actual), np.abs(actual) + np.abs(forecast)
    share = np.divide(np.abs(actual - forecast), size, out=np.zeros_like(size), where=size != 0)
    return 200 * _mean(_case_means(share, known))


def mase(actual: Numbers, forecast: Numbers, scale: Numbers) -> float:
    """Mean over cases of the mean absolute error over the case's scale (Hyndman and Koehler, 2006).

    Cases without a positive scale do not count.
    """
    usable = scale > 0
    error = np.abs(actual - forecast)[usable] / scale[usable, None]
    return _mean(_case_means(error, ~np.isnan(actual[usable])))


def scaled_rmse(actual: Numbers, forecast: Numbers, scale: Numbers) -> float:
    """Mean over cases of the root of the mean squared error over the case's scale; cases as in `mase`."""
    usable = scale > 0
    squares = ((actual - forecast)[usable] / scale[usable, None]) ** 2
    return _mean(np.sqrt(_case_means(squares, ~np.isnan(actual[usable]))))


def pooled_rmse(actual: Numbers, forecast: Numbers) -> float:
    """The root of the mean squared error over all cells, in the units of the sales."""
    return float(np.sqrt(_mean(((actual - forecast) ** 2)[~np.isnan(actual)])))


def wape(actual: Numbers, forecast: Numbers) -> float:
    """Sum of absolute errors over sum of absolute actuals; nan where that is 0."""
    known = ~np.isnan(actual)
    total = np.abs(actual[known]).sum()
    return float(np.abs(actual - forecast)[known].sum() / total) if total > 0 else float("nan")


def quantile_loss(actual: Numbers, quantiles: Numbers) -> float:
    """Doubled pinball losses of the nine deciles, averaged, over the sum of absolute actuals; nan where that is 0.

    Doubled, so that the median's is the WAPE. Published comparisons call it the weighted quantile loss.
    """
    known = ~np.isnan(actual)
    error, levels = actual[known][:, None] - quantiles[known][:, 1:-1], np.asarray(DECILES)
    losses = 2 * np.maximum(levels * error, (levels - 1) * error).mean(axis=1)
    total = np.abs(actual[known]).sum()
    return float(losses.sum() / total) if total > 0 else float("nan")


def coverage(actual: Numbers, quantiles: Numbers, percent: int) -> float:
    """Share of actuals inside a band, its ends included; nan without a band."""
    known = ~np.isnan(actual)
    low, high = (quantiles[:, :, end][known] for end in BANDS[percent])
    if not known.any() or np.isnan(low + high).any():
        return float("nan")
    return float(((actual[known] >= low) & (actual[known] <= high)).mean())


def carried_forward(history: Numbers) -> Numbers:
    """The history with the last known value in unknown periods after the first known one, (n, L)."""
    known, column = ~np.isnan(history), np.arange(history.shape[1])
    latest = np.maximum.accumulate(np.where(known, column, 0), axis=1)
    return np.take_along_axis(history, latest, axis=1)


def naive_scale(history: Numbers, season: int) -> Numbers:
    """Seasonal naive's mean absolute error inside each history: (n,); NaN where it is no longer than a season.

    Values are carried forward over unknown periods, as in the run that the goals come from: on nn5_daily the scale is
    5 % larger than without these periods.
    """
    known = carried_forward(history)
    error = np.abs(known[:, season:] - known[:, : max(known.shape[1] - season, 0)])
    return _known_means(error)


def seasonal_naive(history: Numbers, season: int, horizon: int) -> Numbers:
    """The value one season earlier, with values carried forward over unknown periods; else the known mean: (n, H)."""
    padding = np.full((len(history), season), np.nan)
    latest = np.concatenate([padding, carried_forward(history)], axis=1)[:, -season:]
    mean = _known_means(history)
    return np.where(np.isnan(latest), mean[:, None], latest)[:, np.arange(horizon) % season]


def scores(actual: Numbers, forecast: Forecast, scale: Numbers) -> dict[str, float]:
    """All figures of one model, by name."""
    return {
        "smape": smape(actual, forecast.median),
        "mase": mase(actual, forecast.median, scale),
        "wape": wape(actual, forecast.median),
        "wape_mean": wape(actual, forecast.mean),
        "rmse_mean": scaled_rmse(actual, forecast.mean, scale),
        "rmse_pooled": pooled_rmse(actual, forecast.mean),
        "quantile_loss": quantile_loss(actual, forecast.quantiles),
        "coverage_80": coverage(actual, forecast.quantiles, 80),
        "coverage_95": coverage(actual, forecast.quantiles, 95),
    }


def _case_means(values: Numbers, known: NDArray[np.bool_]) -> Numbers:
    """Means over the observed values of each case that has any; NaN where a forecast is missing."""
    scored = known.any(axis=1)
    means: Numbers = np.where(known, values, 0.0).sum(axis=1)[scored] / known.sum(axis=1)[scored]
    return means


def _known_means(values: Numbers) -> Numbers:
    """Means of the values that are not NaN, (n,); NaN where there are none."""
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


def _mean(values: Numbers) -> float:
    """The mean of the cases; nan where there are none."""
    return float(values.mean()) if values.size else float("nan")
