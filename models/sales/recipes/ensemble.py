"""The ensemble: a weighted mean of fitted models, with calibrated bands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.common.arrays import Flags
from models.common.description import damaged, write_description
from models.sales.data.panel import SalesPanel
from models.sales.recipes.blending import blend, widen
from models.sales.recipes.model import QUANTILES, Forecast, SalesModel, floors

ENSEMBLE = "ensemble"
SEGMENTS = ("smooth", "intermittent")


@dataclass(frozen=True, eq=False)
class Mixture:
    """How models are combined for one segment of series.

    Attributes:
        weights: Weights of each model.
        factors: See `models.sales.recipes.blending.band_factors`, (Q,).
    """

    weights: tuple[float, ...]
    factors: tuple[float, ...] = (1.0,) * len(QUANTILES)


@dataclass(frozen=True, eq=False)
class EnsembleModel:
    """Models combined, differently for smooth and for intermittent series.

    Attributes:
        models: By name, at least one; all of one horizon and frequency.
        mixtures: By segment, all of `SEGMENTS`, with a weight for each model.
    """

    models: dict[str, SalesModel]
    mixtures: dict[str, Mixture]

    @property
    def recipe(self) -> str:
        """The name of the only model with a weight, else ``ensemble``."""
        counting = self.counting
        return counting[0] if len(counting) == 1 else ENSEMBLE

    @property
    def counting(self) -> list[str]:
        """Models with a weight for any segment."""
        weights = zip(*(mixture.weights for mixture in self.mixtures.values()), strict=True)
        return [name for name, own in zip(self.models, weights, strict=True) if any(own)]

    @property
    def horizon(self) -> int:
        """Steps that all models forecast."""
        return next(iter(self.models.values())).horizon

    @property
    def frequency(self) -> str:
        """The frequency of the panels that they forecast."""
        return next(iter(self.models.values())).frequency

    def forecast(self, panel: SalesPanel) -> Forecast:
        """The forecast of all series; covered are those that a counting model of their segment covers."""
        return self.combine(panel, {name: self.models[name].forecast(panel) for name in self.counting})

    def combine(self, panel: SalesPanel, forecasts: dict[str, Forecast]) -> Forecast:
        """The same, from the counting models' own forecasts of the panel; a failed one counts nowhere.

        Each forecast is floored before it is blended: negative sales of one model must not cancel sales of another.
        """
        covered = np.zeros(panel.series_count, bool)
        mean = np.full((panel.series_count, self.horizon), np.nan)
        quantiles, floor = np.full((*mean.shape, len(QUANTILES)), np.nan), floors(panel)
        failed = {recipe: flags for name in self.counting for recipe, flags in forecasts[name].failed.items()}
        beyond = {name: np.zeros(panel.series_count, bool) for name in self.counting}
        for segment, series in segments_of(panel).items():
            chosen, weights = np.flatnonzero(series), self.weights(segment)
            parts, least = [forecasts[name].take(chosen) for name in weights], floor[chosen, None]
            covers, shares = [part.covered for part in parts], list(weights.values())
            covered[chosen] = np.any(covers, axis=0)
            for name, part in zip(weights, parts, strict=True):
                beyond[name][chosen] = covered[chosen] & part.too_short
            mean[chosen] = blend([np.maximum(part.mean, least) for part in parts], shares, covers)
            mixed = blend([np.maximum(part.quantiles, least[:, None]) for part in parts], shares, covers)
            quantiles[chosen] = widen(mixed, np.array(self.mixtures[segment].factors))
        return Forecast(
            covered, mean, quantiles, failed, {name: flags for name, flags in beyond.items() if flags.any()}
        )

    @classmethod
    def of(cls, name: str, model: SalesModel) -> EnsembleModel:
        """A model alone."""
        return cls({name: model}, dict.fromkeys(SEGMENTS, Mixture((1.0,))))

    def refitted(self, models: dict[str, SalesModel]) -> EnsembleModel:
        """The same mixtures of these models, which are the counting ones."""
        places = [list(self.models).index(name) for name in models]
        mixtures = {
            segment: replace(mixture, weights=tuple(mixture.weights[place] for place in places))
            for segment, mixture in self.mixtures.items()
        }
        return EnsembleModel(models, mixtures)

    def weights(self, segment: str) -> dict[str, float]:
        """The weights of a segment that are not zero, by model."""
        weights = zip(self.models, self.mixtures[segment].weights, strict=True)
        return {name: weight for name, weight in weights if weight}

    def save(self, folder: Path) -> None:
        """Write the artifact into a folder: a description, and a folder for each model."""
        mixtures = {
            segment: {"weights": list(mixture.weights), "factors": list(mixture.factors)}
            for segment, mixture in self.mixtures.items()
        }
        parts = {"frequency": self.frequency, "models": list(self.models), "mixtures": mixtures}
        write_description(folder, ENSEMBLE, parts)
        for number, model in enumerate(self.models.values()):
            model.save(folder / f"model_{number}")


def segments_of(panel: SalesPanel) -> dict[str, Flags]:
    """Which series are smooth and which intermittent; segments without a series are left out."""
    flags = dict(zip(SEGMENTS, (~panel.rare, panel.rare), strict=True))
    return {segment: series for segment, series in flags.items() if series.any()}


def load_ensemble(folder: Path, description: dict[str, Any], load_model: Callable[[Path], SalesModel]) -> EnsembleModel:
    """Read the artifact that `EnsembleModel.save` wrote.

    Args:
        folder: Folder of the artifact.
        description: Its description.
        load_model: Reads a model from its folder.

    Raises:
        InputError: if a file is missing or damaged.
    """
    names = [str(name) for name in description["models"]]
    models = {name: load_model(folder / f"model_{number}") for number, name in enumerate(names)}
    mixtures = {segment: _mixture(given, len(names)) for segment, given in description["mixtures"].items()}
    if not names or set(mixtures) != set(SEGMENTS):
        raise damaged("it is an ensemble without models, or lacks a segment")
    return EnsembleModel(models, mixtures)


def _mixture(given: dict[str, Any], count: int) -> Mixture:
    weights, factors = (tuple(float(number) for number in given[name]) for name in ("weights", "factors"))
    if len(weights) != count or len(factors) != len(QUANTILES) or not sum(weights) > 0:
        raise damaged("weights or factors of an ensemble are not as many as its models and quantiles")
    return Mixture(weights, factors)
