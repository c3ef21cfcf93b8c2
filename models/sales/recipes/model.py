"""The interface of fitted models of sales, and the limits of every forecast."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np

from models.common.arrays import Flags, Floats, Integers
from models.common.recipe import Description, FittedModel, Recipe, Training
from models.sales.data.panel import SalesPanel
from models.sales.settings import SalesSettings

DECILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""The levels over which published comparisons average the weighted quantile loss."""

QUANTILES = (0.025, *DECILES, 0.975)
"""The Q = 11 levels of the forecast quantiles."""

MEDIAN = QUANTILES.index(0.5)

BANDS = tuple((low, len(QUANTILES) - 1 - low) for low in range(MEDIAN))
"""The places of the quantiles at the ends of each central band, the widest first."""

LARGEST = 1e30
"""The largest absolute forecast, far above any value that is read; the inverse of a preparation may exceed it."""


@dataclass(frozen=True, eq=False)
class Forecast:
    """One model's forecast of S series.

    Attributes:
        covered: Series that the recipe itself forecasts, (S,); seasonal naive stands in for the others.
        mean: (S, H); NaN for a series without a known value.
        quantiles: (S, H, Q) at the levels `QUANTILES`; NaN for the same series.
        failed: By recipe, the series that it would have covered if it had not failed, (S,); they are not covered.
        beyond: By recipe of a mean, the series that are too short for it, (S,); the others of the mean cover them.
        unsuited: Series of a kind that the recipe is not made for, (S,): such as amounts for one of counts.
    """

    covered: Flags
    mean: Floats
    quantiles: Floats
    failed: Mapping[str, Flags] = field(default_factory=dict)
    beyond: Mapping[str, Flags] = field(default_factory=dict)
    unsuited: Flags | None = None

    @property
    def any_failed(self) -> Flags:
        """Series on which any recipe failed, (S,)."""
        return np.asarray(np.any([np.zeros(len(self.covered), bool), *self.failed.values()], axis=0))

    @property
    def too_short(self) -> Flags:
        """Series that the recipe is made for and does not cover, although it did not fail, (S,)."""
        short = ~self.covered & ~self.any_failed
        return short if self.unsuited is None else short & ~self.unsuited

    def take(self, series: Integers) -> Forecast:
        """The forecast of some series."""
        failed, beyond = (
            {recipe: flags[series] for recipe, flags in part.items()} for part in (self.failed, self.beyond)
        )
        unsuited = None if self.unsuited is None else self.unsuited[series]
        return Forecast(self.covered[series], self.mean[series], self.quantiles[series], failed, beyond, unsuited)


class SalesModel(FittedModel, Protocol):
    """A fitted model of all series of a source."""

    @property
    def horizon(self) -> int:
        """Steps that it forecasts."""
        ...

    @property
    def frequency(self) -> str:
        """The frequency of the panels that it forecasts."""
        ...

    def forecast(self, panel: SalesPanel) -> Forecast:
        """The forecast from the panel's step 1 on, without the limits of `finish`; quantiles are in order."""
        ...


SalesTraining: TypeAlias = Training[SalesSettings, SalesModel]
SalesRecipe: TypeAlias = Recipe[SalesPanel, SalesSettings, SalesModel]


@dataclass(frozen=True)
class UntrainedRecipe:
    """A recipe that learns nothing before it forecasts; its saved model is a description alone.

    Args:
        name: Name of the recipe.
        make: Builds the model from a panel and a seed.
        load: Builds the model from a folder and its description.
    """

    name: str
    make: Callable[[SalesPanel, int], SalesModel]
    load: Callable[[Path, Description], SalesModel]

    def fit(self, known: SalesPanel, training: SalesTraining) -> SalesModel:
        """The model for panels like this one."""
        return self.make(known, training.seed)


def forecast_of(model: SalesModel, panel: SalesPanel) -> Forecast:
    """A model's forecast within the limits that every served or measured forecast keeps."""
    return finish(model.forecast(panel), panel)


def finish(forecast: Forecast, panel: SalesPanel, *, whole: bool = True) -> Forecast:
    """The forecast within its limits.

    It is floored where the series is, finite, and zero on closed weekdays. Quantiles are in order, those of counts are
    whole numbers, and the mean lies inside the outer two.

    Args:
        forecast: The forecast.
        panel: What is known.
        whole: Whether quantiles of counts become whole numbers; not where forecasts are averaged afterwards.
    """
    floor = floors(panel)[:, None]
    mean = np.clip(forecast.mean, floor, LARGEST)
    quantiles = np.sort(np.clip(forecast.quantiles, floor[:, None], LARGEST), axis=2)
    least, most = mean.copy(), mean.copy()
    counts = panel.counts if whole else np.zeros(panel.series_count, bool)
    quantiles[counts] = whole_numbers(quantiles[counts])
    least[counts], most[counts] = np.floor(mean[counts]), np.ceil(mean[counts])
    quantiles[:, :, 0] = np.minimum(quantiles[:, :, 0], least)
    quantiles[:, :, -1] = np.maximum(quantiles[:, :, -1], most)
    closed = panel.closed_steps(mean.shape[1])
    mean[:, closed] = np.where(np.isnan(mean[:, closed]), np.nan, 0.0)
    quantiles[:, closed] = np.where(np.isnan(quantiles[:, closed]), np.nan, 0.0)
    return replace(forecast, mean=mean, quantiles=quantiles)


def whole_numbers(quantiles: Floats) -> Floats:
    """Quantiles (n, H, Q) at the nearest whole numbers; halves go outwards, so that a band holds what it promises."""
    whole = np.floor(quantiles + 0.5)
    whole[:, :, :MEDIAN] = np.ceil(quantiles[:, :, :MEDIAN] - 0.5)
    return whole + 0.0  # no negative zero


def floors(panel: SalesPanel) -> Floats:
    """The least value that each series may be forecast with, (S,): 0 for a floored one."""
    return np.where(panel.floored, 0.0, -LARGEST)


def known_quantiles(values: Floats) -> tuple[Floats, Integers]:
    """Quantiles of each row's known values, (n, Q), 0 where there is none, and how many values are known, (n,)."""
    count = np.count_nonzero(~np.isnan(values), axis=1)
    last = np.maximum(count - 1, 0)[:, None]
    ordered = np.nan_to_num(np.sort(values, axis=1))  # unknown ones last
    place = np.asarray(QUANTILES) * last
    low = place.astype(np.int64)
    lower = np.take_along_axis(ordered, low, axis=1)
    upper = np.take_along_axis(ordered, np.minimum(low + 1, last), axis=1)
    return lower + (upper - lower) * (place - low), count
