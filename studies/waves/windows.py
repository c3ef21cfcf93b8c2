"""Samples of the series: windows without trend and scale, and the way back.

The trend is a polynomial that is fitted to the training part alone. The residuals are divided by their largest value
there. Each sample keeps the index of its values, from which the trend is added again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Flags, Floats, Integers, Singles
from models.sales.recipes.classic.preparation.trend import Detrend, TrendFit
from nightcast.errors import InputError
from studies.data import SeriesData
from studies.waves.settings import Settings

ROUNDING = 1e-9
"""Residuals of the trend below this share of the largest value are rounding errors."""

SHOWN_SAMPLES = 4


@dataclass(frozen=True, eq=False)
class Samples:
    """All samples of the series, in order.

    Attributes:
        past: The values to read, (n, look-back, k), without trend and scale.
        target: The values to forecast, (n, horizon, k), without trend and scale.
        actual: The values to forecast in the units of the series, (n, horizon, k).
        index: Index of the values to forecast, (n, horizon), from 0.
        train: Whether all values to forecast lie in the training part, (n,).
        test: Whether none does, (n,). Samples that are neither are left out: they would leak the test part.
    """

    past: Singles
    target: Singles
    actual: Floats
    index: Integers
    train: Flags
    test: Flags


@dataclass(frozen=True, eq=False)
class Preparation:
    """Trend and scale of the series.

    Attributes:
        trend: Trend of each series.
        scale: The largest residual in the training part, (k,).
    """

    trend: TrendFit
    scale: Floats

    @classmethod
    def fit(cls, training: Floats, names: tuple[str, ...], degree: int) -> Preparation:
        """Fit to the training part, (n, k).

        Raises:
            InputError: if a series is nothing but trend.
        """
        trend = Detrend(degree).fit(training.T)
        scale = (training - trend.offset(np.arange(len(training))).T).max(axis=0)
        empty = np.flatnonzero(scale <= ROUNDING * np.abs(training).max(axis=0))
        if empty.size:
            reason = f"The series {names[empty[0]]!r} is nothing but a trend of degree {degree}."
            raise InputError(reason, "Leave the series out, or lower degree.")
        return cls(trend, scale)

    def apply(self, values: Floats) -> Floats:
        """Series from their first value on, (n, k), without trend and scale."""
        return np.asarray((values - self._trend_at(np.arange(len(values)))) / self.scale)

    def restore(self, scaled: Floats | Singles, index: Integers) -> Floats:
        """Forecasts (n, horizon, k) of the values at an index (n, horizon), in the units of the series."""
        first, last = int(index.min()), int(index.max())
        trend = self._trend_at(np.arange(first, last + 1))
        return np.asarray(scaled, np.float64) * self.scale + trend[index - first]

    def _trend_at(self, index: Integers) -> Floats:
        return self.trend.offset(index).T


def training_length(settings: Settings, data: SeriesData) -> int:
    """Values of the training part.

    Raises:
        InputError: if there is no training sample, or no test sample.
    """
    length, window = len(data.values), settings.windows
    train = settings.split.train
    count = train if isinstance(train, int) else round(train * length)
    needed = window.look_back + window.horizon
    if count < needed:
        reason = f"The training part of {count} values is shorter than a window of {needed}."
    elif length - count < window.horizon:
        reason = f"The test part of {max(length - count, 0)} values is shorter than the horizon of {window.horizon}."
    else:
        return count
    raise InputError(reason, "Give longer series, change [split] train, or make [windows] shorter.")


def prepare(settings: Settings, data: SeriesData, degree: int) -> tuple[Preparation, Samples]:
    """Trend and scale, fitted to the training part, and all samples.

    Raises:
        InputError: if the series are too short for their split, a value is unknown, or a series is nothing but trend.
    """
    _check(data)
    preparation = Preparation.fit(data.values[: training_length(settings, data)], data.names, degree)
    return preparation, samples_of(settings, data, preparation)


def _check(data: SeriesData) -> None:
    unknown = np.argwhere(~np.isfinite(data.values))
    if len(unknown):
        row, column = unknown[0]
        reason = f"The value {row + 1} of the series {data.names[column]!r} is unknown or infinite."
        raise InputError(reason, "Fill the gaps of the series, or cut it where they begin.")


def samples_of(settings: Settings, data: SeriesData, preparation: Preparation) -> Samples:
    """Every sample of the series.

    Raises:
        InputError: if the series are too short for their split.
    """
    window, train = settings.windows, training_length(settings, data)
    scaled = preparation.apply(data.values).astype(np.float32)
    count = len(data.values) - window.look_back - window.horizon + 1
    start = np.arange(count)[:, None]
    past, index = start + np.arange(window.look_back), start + window.look_back + np.arange(window.horizon)
    return Samples(scaled[past], scaled[index], data.values[index], index, index[:, -1] < train, index[:, 0] >= train)


def shown_samples(settings: Settings, samples: Samples) -> Integers:
    """Samples of the test part that charts show, drawn with the study's seed, in order."""
    test = np.flatnonzero(samples.test)
    count = min(SHOWN_SAMPLES, len(test))
    return np.sort(np.random.default_rng(settings.seed).choice(test, count, replace=False))
