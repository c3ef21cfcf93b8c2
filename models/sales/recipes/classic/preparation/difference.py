"""Differences to the value one lag earlier: lag 1 against a trend, a season's length against a season."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Floats
from models.sales.recipes.seasonal_naive import seasonal_point


@dataclass(frozen=True)
class Difference:
    """Each value less the latest known one that lies a whole number of lags earlier.

    Usually that is one lag; where that value is unknown, the difference spans the gap. The first known value at each
    position of the lag has no difference: NaN. Forecasts are cumulated from the latest known values; where a position
    was never known, from the mean of the last known values, or from 0. Quantiles are cumulated level by level, as if
    all steps had the same error, which gives the widest possible bands.

    Args:
        lag: Periods.

    Raises:
        ValueError: if the lag is below 1.
    """

    lag: int = 1

    def fit(self, history: Floats) -> DifferenceFit:
        """Find the latest values of each series (S, T)."""
        if not len(history):
            return DifferenceFit(history, np.zeros((0, self.lag)))
        latest = seasonal_point(history, self.lag, self.lag)
        return DifferenceFit(history, np.where(np.isnan(latest), 0.0, latest))


@dataclass(frozen=True, eq=False)
class DifferenceFit:
    """Fitted differences.

    Attributes:
        history: (S, T), NaN unknown.
        latest: The values from which step 1 and the following are cumulated, (S, lag).
    """

    history: Floats
    latest: Floats

    def transform(self) -> Floats:
        """The differences of the history, (S, T)."""
        lag, length = self.latest.shape[1], self.history.shape[1]
        padded = np.pad(self.history, ((0, 0), (-length % lag, 0)), constant_values=np.nan)
        cycles = _cycles(padded, lag)  # position 0 is that of step 1
        return _periods(_differences(cycles), padded.shape[1])[:, padded.shape[1] - length :]

    def invert(self, ahead: Floats) -> Floats:
        """Forecast differences cumulated, (S, H, ...)."""
        return _periods(_cumulated(_cycles(ahead, self.latest.shape[1]), self.latest), ahead.shape[1])


def _cycles(values: Floats, lag: int) -> Floats:
    """Periods (S, n, ...) by cycle and position in it, (S, cycles, lag, ...), NaN after the last."""
    width = [(0, 0), (0, -values.shape[1] % lag)] + [(0, 0)] * (values.ndim - 2)
    padded = np.pad(values, width, constant_values=np.nan)
    return padded.reshape(len(values), padded.shape[1] // lag, lag, *values.shape[2:])


def _periods(cycles: Floats, count: int) -> Floats:
    """The first `count` periods of cycles (S, cycles, lag, ...)."""
    shape = (len(cycles), cycles.shape[1] * cycles.shape[2], *cycles.shape[3:])
    return cycles.reshape(shape)[:, :count]


def _differences(cycles: Floats) -> Floats:
    """Cycles (S, cycles, lag) less the latest known value before at the same position; NaN where there is none."""
    known = np.concatenate([np.full((len(cycles), 1, cycles.shape[2]), np.nan), cycles], axis=1)
    index = np.where(np.isnan(known), 0, np.arange(known.shape[1])[:, None])
    latest = np.take_along_axis(known, np.maximum.accumulate(index, axis=1)[:, :-1], axis=1)
    return np.asarray(cycles - latest)


def _cumulated(cycles: Floats, start: Floats) -> Floats:
    """Differences (S, cycles, lag, ...) summed up from `start` (S, lag); an unknown one adds nothing and stays NaN."""
    unknown = np.isnan(cycles)
    total = np.cumsum(np.where(unknown, 0.0, cycles), axis=1)
    return np.where(unknown, np.nan, total + start.reshape(len(start), 1, start.shape[1], *(1,) * (cycles.ndim - 3)))
