"""The recipes `smoothing` and `combination`: all series at once, each fitted when it is forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.common.arrays import Flags, Floats, Integers
from models.common.description import damaged, write_description
from models.common.recipe import Description
from models.sales.data.panel import SalesPanel
from models.sales.features.same_weeks import in_season, season_anchor
from models.sales.recipes.model import Forecast, SalesModel, UntrainedRecipe, finish
from models.sales.recipes.seasonal_naive import SeasonalNaive
from models.sales.recipes.smoothing.counts import forecast_counts
from models.sales.recipes.smoothing.forms import SMOOTH, THETA, Form

SMOOTHING = "smoothing"
COMBINATION = "combination"
COUNTS = "count"

LONGEST_HISTORY = 364
"""Periods that are read at most, or six seasons if these are longer."""

LEAST_KNOWN = 4
"""Known values that smoothing needs of a series."""

SERIES_AT_ONCE = 1_024

NAIVE_SHARE = 0.2
"""The share of seasonal naive in the combination: one of five methods."""


@dataclass(frozen=True)
class SmoothingModel:
    """One of these recipes for any panel of its frequency.

    ``smoothing`` is the mean of exponential smoothing on the plain and on the curved scale. ``combination`` is a mean
    of smoothing, of the theta method on both scales and of seasonal naive: in competitions, a plain mean of simple
    methods beats each of them again and again (Makridakis, Spiliotis and Assimakopoulos, 2020). Series of mostly zeros
    are forecast by ``count`` if they count something, else without seasonal naive. It covers every series with a known
    value that is no seasonal article.

    Args:
        recipe: `SMOOTHING`, `COMBINATION` or `COUNTS`.
        horizon: Steps.
        season: Periods of a season.
        frequency: Frequency of the calendar.
    """

    recipe: str
    horizon: int
    season: int
    frequency: str

    def forecast(self, panel: SalesPanel) -> Forecast:
        """All series; seasonal naive stands in for those that the recipe does not cover."""
        values, baseline = _recent(panel, self.season), SeasonalNaive(self.horizon, self.season, self.frequency)

        def forecast(part: Integers) -> tuple[Floats, Floats]:
            some = panel.take(part)
            if self.recipe == COMBINATION:
                return self._combined(some, values[part], baseline)
            if self.recipe == COUNTS:
                return forecast_counts(values[part], self.season, self.horizon)
            return _mean_of(SMOOTH, some, values[part], self.season, self.horizon)

        unsuited = ~panel.counts if self.recipe == COUNTS else None
        return baseline.stand_in(panel, self._covers(panel, values), SERIES_AT_ONCE, forecast, unsuited, threads=None)

    def _covers(self, panel: SalesPanel, values: Floats) -> Flags:
        known = np.count_nonzero(~np.isnan(values), axis=1)
        least = LEAST_KNOWN if self.recipe == SMOOTHING else 1
        return np.asarray(known >= least)

    def _combined(self, panel: SalesPanel, values: Floats, baseline: SeasonalNaive) -> tuple[Floats, Floats]:
        """Mean and quantiles of the combination, each part within the limits of a forecast."""
        every = np.ones(panel.series_count, bool)
        parts = [_mean_of(forms, panel, values, self.season, self.horizon) for forms in (SMOOTH, THETA)]
        parts.append(baseline.forecast_some(panel, every))
        limited, naive_share = [_limited(part, panel) for part in parts], np.where(panel.rare, 0.0, NAIVE_SHARE)
        mean, quantiles = (_weighted([part[number] for part in limited], naive_share) for number in (0, 1))
        counted = panel.counts & panel.rare
        if counted.any():
            mean[counted], quantiles[counted] = forecast_counts(values[counted], self.season, self.horizon)
        return mean, quantiles

    def save(self, folder: Path) -> None:
        """Write the artifact into a folder, which is created where it is missing."""
        description = {"horizon": self.horizon, "season": self.season, "frequency": self.frequency}
        write_description(folder, self.recipe, description)


def _weighted(parts: list[Floats], naive_share: Floats) -> Floats:
    """The mean of smoothing and theta, and the share (n,) of the last part, seasonal naive."""
    share = naive_share.reshape(-1, *(1,) * (parts[0].ndim - 1))
    return np.asarray((1 - share) * (parts[0] + parts[1]) / 2 + share * parts[2])


def _mean_of(
    forms: Sequence[Form], panel: SalesPanel, values: Floats, season: int, horizon: int
) -> tuple[Floats, Floats]:
    """The mean of forms; of series of mostly zeros, the expected value on the plain scale, which has no bias."""
    parts = [_limited(form.forecast(values, season, horizon), panel) for form in forms]
    mean, quantiles = (np.mean([part[number] for part in parts], axis=0) for number in (0, 1))
    plain = np.mean([part[0] for form, part in zip(forms, parts, strict=True) if not form.is_curved], axis=0)
    return np.where(panel.rare[:, None], plain, mean), quantiles


def _limited(forecast: tuple[Floats, Floats], panel: SalesPanel) -> tuple[Floats, Floats]:
    limited = finish(Forecast(np.ones(panel.series_count, bool), *forecast), panel, whole=False)
    return limited.mean, limited.quantiles


def _recent(panel: SalesPanel, season: int) -> Floats:
    """The last periods of all series, (S, T), those on closed weekdays unknown, and weeks as they repeat."""
    length = max(LONGEST_HISTORY, 6 * season)
    values, closed = panel.values[:, -length:], panel.closed_columns[-length:]
    open_days = np.where(closed, np.nan, values) if closed.any() else values
    return in_season(open_days, panel.end, panel.calendar, season, season_anchor(panel))


def smoothing_recipe(name: str) -> UntrainedRecipe:
    """The recipe `SMOOTHING`, `COMBINATION` or `COUNTS`."""

    def make(known: SalesPanel, seed: int) -> SalesModel:
        return SmoothingModel(name, known.lengths.horizon, known.lengths.season, known.calendar.frequency)

    return UntrainedRecipe(name, make, _load)


def _load(folder: Path, description: Description) -> SalesModel:
    horizon, season = int(description["horizon"]), int(description["season"])
    if horizon < 1 or season < 1:
        raise damaged(f"it has a horizon of {horizon} and a season of {season}")
    return SmoothingModel(str(description["recipe"]), horizon, season, str(description["frequency"]))
