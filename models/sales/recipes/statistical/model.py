"""A statistical model of all series: nothing is learnt before a night, every series is fitted when it is forecast."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.common.arrays import Flags, Floats, Integers
from models.sales.data.calendar import weekday
from models.sales.data.panel import SalesPanel
from models.sales.recipes.artifact import damaged, write_description
from models.sales.recipes.constraints import finish
from models.sales.recipes.seasonal_naive import SeasonalNaive, chunks
from models.sales.recipes.statistical.history import usable
from models.sales.recipes.statistical.library import POSITIVE, RATES, RECIPES
from models.sales.recipes.statistical.workers import forecast_parallel

logger = logging.getLogger("nightcast")

LONGEST_HISTORY = 364
"""Periods that are read, at most, or four seasons where these are longer.

Time grows with them. On daily series of two years, half as many changed the MASE by half a percent, up at one origin
and down at two.
"""


@dataclass(frozen=True, eq=False)
class StatisticalForecast:
    """What a statistical model makes of a panel.

    Attributes:
        mean: (S, H), see `StatisticalModel.predict`.
        quantiles: (S, H, 5).
        failed: Series that were asked for and covered, but that the library failed on, (S,).
    """

    mean: Floats
    quantiles: Floats
    failed: Flags


@dataclass(frozen=True)
class StatisticalModel:
    """One of the recipes of `models.sales.recipes.statistical.library`, for any panel of its frequency.

    Args:
        recipe: One of ``auto_ets``, ``theta``, ``auto_arima``, ``croston``, ``tsb``, ``adida``.
        horizon: Steps.
        season: Periods of a season.
        frequency: The calendar's.
    """

    recipe: str
    horizon: int
    season: int
    frequency: str

    @property
    def baseline(self) -> SeasonalNaive:
        """What forecasts the series that this model cannot."""
        return SeasonalNaive(self.horizon, self.season, self.frequency)

    def covers(self, panel: SalesPanel) -> Flags:
        """Series that are `history.usable`, for `POSITIVE` recipes none with returns, (S,)."""
        recent, season = self._recent(panel), self._season
        parts = [usable(recent[part], season) for part in chunks(panel.series_count)]
        covered = np.concatenate([np.zeros(0, bool), *parts])
        return np.asarray(covered & ~(recent < 0).any(axis=1)) if self.recipe in POSITIVE else covered

    def predict(self, panel: SalesPanel, part: Integers | None = None) -> tuple[Floats, Floats]:
        """Mean (S, H) and quantiles (S, H, 5); NaN for a series without a known value.

        Seasonal naive stands in for series that are not covered, that the library fails on, or that are not in `part`.

        Args:
            panel: What is known.
            part: Places of the series to forecast by the recipe itself; all when left out.
        """
        found = self.forecast(panel, part)
        if found.failed.any():
            logger.warning("%s failed on %d series; seasonal naive stands in.", self.recipe, found.failed.sum())
        return found.mean, found.quantiles

    def forecast(
        self, panel: SalesPanel, part: Integers | None = None, workers: int | None = None
    ) -> StatisticalForecast:
        """The same as `predict`, and which series failed; `workers` as in `forecast_parallel`."""
        wanted = self.covers(panel)
        if part is not None:
            wanted &= np.isin(np.arange(panel.series_count), part)
        places = np.flatnonzero(wanted)
        recent, failed = self._recent(panel), np.zeros(panel.series_count, bool)
        own_mean, own_quantiles, failed[places] = forecast_parallel(
            self.recipe, recent, places, self._season, self.horizon, workers
        )
        mean, quantiles = self.baseline.predict_some(panel, ~wanted | failed)
        good = places[~failed[places]]
        own = own_mean[~failed[places]], own_quantiles[~failed[places]]
        mean[good], quantiles[good] = finish(*own, panel, good)
        return StatisticalForecast(mean, quantiles, failed)

    @property
    def _season(self) -> int:
        return 1 if self.recipe in RATES else self.season

    def _recent(self, panel: SalesPanel) -> Floats:
        """The last periods; without those on closed weekdays for a rate, which then is one of open days."""
        values = panel.values[:, -max(LONGEST_HISTORY, 4 * self.season) :]
        if self.recipe not in RATES or panel.calendar.family not in "DB":
            return values
        ordinals = panel.end + np.arange(-values.shape[1], 0)
        return values[:, ~panel.closed[weekday(panel.calendar.first_day(ordinals))]]

    def save(self, folder: Path) -> None:
        """Write the artifact into a folder, which is made where it is missing."""
        description = {"horizon": self.horizon, "season": self.season, "frequency": self.frequency}
        write_description(folder, {"recipe": self.recipe, **description})


def load_statistical(folder: Path, description: dict[str, Any]) -> StatisticalModel:
    """Make the model that `StatisticalModel.save` described.

    Raises:
        InputError: if the description is damaged.
    """
    try:
        recipe, frequency = str(description["recipe"]), str(description["frequency"])
        horizon, season = int(description["horizon"]), int(description["season"])
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(folder) from error
    if recipe not in RECIPES or horizon < 1 or season < 1:
        raise damaged(folder)
    return StatisticalModel(recipe, horizon, season, frequency)
