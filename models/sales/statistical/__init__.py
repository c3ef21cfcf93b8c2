"""Statistical models beside the networks, each series fitted by its own history alone."""

from __future__ import annotations

from models.sales.statistical.library import RECIPES
from models.sales.statistical.model import StatisticalForecast, StatisticalModel, load_statistical

__all__ = ["RECIPES", "StatisticalForecast", "StatisticalModel", "load_statistical"]
