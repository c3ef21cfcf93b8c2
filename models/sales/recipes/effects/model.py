"""The recipe `effects`: exponential smoothing of what sales would have been without the effects of covariates."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from models.common.arrays import Flags, Floats
from models.common.description import write_description
from models.common.recipe import Description
from models.sales.data.panel import SalesPanel
from models.sales.features.covariate_scales import CovariateScales
from models.sales.recipes.effects.regression import Effect, factors, fitted
from models.sales.recipes.model import SalesTraining
from models.sales.recipes.panel_model import PanelModel
from models.sales.recipes.seasonal_naive import SeasonalNaive
from models.sales.recipes.smoothing.model import LEAST_KNOWN, SERIES_AT_ONCE, SMOOTHING, SmoothingModel

NAME = "effects"


@dataclass(frozen=True, eq=False)
class EffectsModel(PanelModel):
    """Smoothing with the effects of covariates, for any panel of its frequency.

    Attributes:
        smoothing: Forecasts sales without effects.
        scales: The covariates that are read, with the scales of the training.
        effects: Their effects, in the same order.
    """

    smoothing: SmoothingModel
    scales: CovariateScales
    effects: tuple[Effect, ...]
    recipe: str = NAME
    at_once = SERIES_AT_ONCE

    @property
    def baseline(self) -> SeasonalNaive:
        """Stands in for series that are not covered."""
        return SeasonalNaive(self.smoothing.horizon, self.smoothing.season, self.smoothing.frequency)

    def covers(self, panel: SalesPanel) -> Flags:
        """Those that smoothing covers, (S,). Those of mostly zeros are forecast without effects."""
        return np.asarray((~np.isnan(panel.values)).sum(axis=1) >= LEAST_KNOWN)

    def forecast_all(self, panel: SalesPanel) -> tuple[Floats, Floats]:
        """Mean (S, H) and quantiles (S, H, Q) of all series of a panel."""
        factor = factors(panel, self.scales, self.effects)
        past, ahead = factor[:, : -self.horizon], factor[:, -self.horizon :]
        values = panel.values.copy()
        values[:, panel.length - past.shape[1] :] /= past
        plain = self.smoothing.forecast(replace(panel, values=values))
        return plain.mean * ahead, plain.quantiles * ahead[:, :, None]

    def save(self, folder: Path) -> None:
        """Write the artifact into a folder, which is created where it is missing."""
        description = {name: value for name, value in asdict(self.smoothing).items() if name != "recipe"}
        description |= {"covariates": self.scales.description, "effects": [asdict(one) for one in self.effects]}
        write_description(folder, self.recipe, description)


class EffectsRecipe:
    """Learns the effects of covariates; smoothing itself is fitted when it forecasts."""

    name = NAME

    def fit(self, known: SalesPanel, training: SalesTraining) -> EffectsModel:
        """Learn the effects; see `models.common.recipe.Recipe.fit`."""
        scales = CovariateScales.fitted(known.covariates)
        smoothing = SmoothingModel(SMOOTHING, known.lengths.horizon, known.lengths.season, known.calendar.frequency)
        return EffectsModel(smoothing, scales, fitted(known, scales))

    def load(self, folder: Path, description: Description) -> EffectsModel:
        """See `models.common.recipe.Recipe.load`."""
        lengths = int(description["horizon"]), int(description["season"])
        smoothing = SmoothingModel(SMOOTHING, *lengths, str(description["frequency"]))
        return EffectsModel(
            smoothing,
            CovariateScales.from_description(description["covariates"]),
            tuple(
                Effect(float(one["size"]), tuple(map(float, one["remains"])), tuple(map(float, one["values"])))
                for one in description["effects"]
            ),
        )


EFFECTS = EffectsRecipe()
"""The recipe."""
