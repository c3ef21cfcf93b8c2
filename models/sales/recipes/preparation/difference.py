"""Differences to the value one lag earlier: lag 1 against a trend, a season's length against a season."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Floats
from models.sales.recipes.preparation.part import bounded
from models.sales.recipes.seasonal_naive import seasonal_point


@dataclass(frozen=True)
class Difference:
    """Each value less the latest known one that lies a whole number of lags earlier.

    Usually that is one lag; where that value is unknown, the difference spans the gap, so that nothing known is lost.
    The first known value at each position of the lag has no difference: NaN. Ahead, forecasts are cumulated from the
    latest known values; where a position was never known, from the mean of the last known values, or from 0. Quantiles
    are cumulated level by level, as if all steps erred alike: the widest of the bands that are possible.

    Args:
        lag: Periods.

    Raises:
        ValueError: if the lag is below 1.
    """

    lag: int = 1

    def __post_init__(self) -> None:
        if self.lag < 1:
            raise ValueError(f"A difference over {self.lag} periods is none: the lag must be at least 1.")

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
        latest: What step 1 and those after it are cumulated from, (S, lag).
    """

    history: Floats
    latest: Floats

    def transform(self) -> Floats:
        """The differences of the history, (S, T)."""
        unknown = np.full(self.latest.shape, np.nan)
        return self._history_of(_differences(self._cycles_of(self.history), unknown))

    def restore(self, transformed: Floats) -> Floats:
        """The history, (S, T), its first value at each position of the lag as it was."""
        cycles = self._cycles_of(self.history)
        known = ~np.isnan(cycles)
        first = known & (np.cumsum(known, axis=1) == 1)
        start = np.sum(cycles, axis=1, where=first)
        differences = np.where(first, 0.0, self._cycles_of(transformed))
        return self._history_of(_cumulated(differences, start))

    def apply(self, ahead: Floats) -> Floats:
        """The differences of what comes after the history, (S, H)."""
        return _periods(_differences(_cycles(ahead, self.latest.shape[1]), self.latest), ahead.shape[1])

    def invert(self, ahead: Floats) -> Floats:
        """Forecast differences cumulated, (S, H, ...)."""
        return _periods(_cumulated(_cycles(ahead, self.latest.shape[1]), self.latest), ahead.shape[1])

    def _cycles_of(self, history: Floats) -> Floats:
        """The history by cycle and position, position 0 being that of step 1, (S, cycles, lag)."""
        lag = self.latest.shape[1]
        return _cycles(np.pad(history, ((0, 0), (-history.shape[1] % lag, 0)), constant_values=np.nan), lag)

    def _history_of(self, cycles: Floats) -> Floats:
        periods = _periods(cycles, cycles.shape[1] * cycles.shape[2])
        return periods[:, periods.shape[1] - self.history.shape[1] :]


def _cycles(values: Floats, lag: int) -> Floats:
    """Periods (S, n, ...) by cycle and position in it, (S, cycles, lag, ...), NaN after the last."""
    width = [(0, 0), (0, -values.shape[1] % lag)] + [(0, 0)] * (values.ndim - 2)
    padded = np.pad(values, width, constant_values=np.nan)
    return padded.reshape(len(values), padded.shape[1] // lag, lag, *values.shape[2:])


def _periods(cycles: Floats, count: int) -> Floats:
    """The first `count` periods of cycles (S, cycles, lag, ...)."""
    shape = (len(cycles), cycles.shape[1] * cycles.shape[2], *cycles.shape[3:])
    return cycles.reshape(shape)[:, :count]


def _differences(cycles: Floats, start: Floats) -> Floats:
    """Cycles (S, cycles, lag) less the latest known value before at the same position, at first `start` (S, lag)."""
    known = np.concatenate([start[:, None], cycles], axis=1)
    index = np.where(np.isnan(known), 0, np.arange(known.shape[1])[:, None])
    latest = np.take_along_axis(known, np.maximum.accumulate(index, axis=1)[:, :-1], axis=1)
    with np.errstate(over="ignore"):
        return bounded(cycles - latest)


def _cumulated(cycles: Floats, start: Floats) -> Floats:
    """Differences (S, cycles, lag, ...) summed up from `start` (S, lag); an unknown one adds nothing, and stays NaN."""
    part = 2.0 ** (cycles.shape[1] + 1).bit_length()  # a power of two divides exactly, and the sum has room
    unknown = np.isnan(cycles)
    total = np.cumsum(np.where(unknown, 0.0, cycles / part), axis=1)
    from_start = total + (start / part).reshape(len(start), 1, start.shape[1], *(1,) * (cycles.ndim - 3))
    with np.errstate(over="ignore"):
        return np.where(unknown, np.nan, bounded(from_start * part))
