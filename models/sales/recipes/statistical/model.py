"""A statistical model of all series: nothing is learned before a night, each series is fitted when it is forecast."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.common.arrays import Flags, Floats
from models.common.description import damaged, write_description
from models.common.recipe import Description
from models.sales.data.calendar import weekday
from models.sales.data.panel import SalesPanel
from models.sales.features.same_weeks import in_season, season_anchor
from models.sales.features.seasonal_articles import seasonal_articles
from models.sales.recipes.model import Forecast, SalesModel, UntrainedRecipe
from models.sales.recipes.seasonal_naive import SeasonalNaive
from models.sales.recipes.statistical.history import usable
from models.sales.recipes.statistical.library import POSITIVE, RATES
from models.sales.recipes.statistical.workers import forecast_parallel

LONGEST_HISTORY = 364
"""Periods that are read at most, or four seasons if these are longer.

Time grows with them. On daily series of two years, half as many changed the MASE by half a percent: up at one origin,
down at two.
"""


@dataclass(frozen=True)
class StatisticalModel:
    """One of the recipes of `models.sales.recipes.statistical.library`, for any panel of its frequency.

    Args:
        recipe: One of ``auto_ets``, ``theta``, ``auto_arima``, ``croston``, ``tsb``, ``adida``.
        horizon: Steps.
        season: Periods of a season.
        frequency: Frequency of the calendar.
    """

    recipe: str
    horizon: int
    season: int
    frequency: str

    def forecast(self, panel: SalesPanel) -> Forecast:
        """All series; covered are those whose history is `usable`, and for `POSITIVE` recipes has no returns.

        Seasonal naive stands in for the others, for seasonal articles, and for those that the library fails on or whose
        worker was killed.
        """
        recent = self._recent(panel)
        covered = self._covers(panel, recent) & ~seasonal_articles(panel)
        places = np.flatnonzero(covered)
        own = forecast_parallel(self.recipe, recent, places, self._season, self.horizon)
        failed = np.zeros(panel.series_count, bool)
        failed[places] = np.isnan(own).any(axis=(1, 2))
        covered &= ~failed
        mean, quantiles = SeasonalNaive(self.horizon, self.season, self.frequency).forecast_some(panel, ~covered)
        good = covered[places]
        mean[covered], quantiles[covered] = own[good, :, -1], own[good, :, :-1]
        return Forecast(covered, mean, quantiles, {self.recipe: failed} if failed.any() else {})

    def _covers(self, panel: SalesPanel, recent: Floats) -> Flags:
        parts = [usable(recent[part], self._season) for part in panel.chunks]
        covered = np.concatenate([np.zeros(0, bool), *parts])
        return np.asarray(covered & ~(recent < 0).any(axis=1)) if self.recipe in POSITIVE else covered

    @property
    def _season(self) -> int:
        return 1 if self.recipe in RATES else self.season

    def _recent(self, panel: SalesPanel) -> Floats:
        """The last periods, (S, T), weeks as they repeat; for a rate, one of open days, without closed weekdays."""
        values = panel.values[:, -max(LONGEST_HISTORY, 4 * self.season) :]
        if self.recipe not in RATES:
            return in_season(values, panel.end, panel.calendar, self.season, season_anchor(panel))
        if panel.calendar.family not in "DB":
            return values
        ordinals = panel.end + np.arange(-values.shape[1], 0)
        return values[:, ~panel.closed[weekday(panel.calendar.first_day(ordinals))]]

    def save(self, folder: Path) -> None:
        """Write the artifact into a folder, which is created where it is missing."""
        description = {"horizon": self.horizon, "season": self.season, "frequency": self.frequency}
        write_description(folder, self.recipe, description)


def statistical_recipe(name: str) -> UntrainedRecipe:
    """The recipe of one of `models.sales.settings.STATISTICAL`."""

    def make(known: SalesPanel, seed: int) -> SalesModel:
        return StatisticalModel(name, known.lengths.horizon, known.lengths.season, known.calendar.frequency)

    return UntrainedRecipe(name, make, _load)


def _load(folder: Path, description: Description) -> SalesModel:
    recipe, frequency = str(description["recipe"]), str(description["frequency"])
    horizon, season = int(description["horizon"]), int(description["season"])
    if horizon < 1 or season < 1:
        raise damaged(f"it has a horizon of {horizon} and a season of {season}")
    return StatisticalModel(recipe, horizon, season, frequency)
