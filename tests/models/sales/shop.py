"""Small generated panels and cheap stand-in models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.common.arrays import Floats
from models.sales.data.build import build_panel
from models.sales.data.panel import SalesPanel
from models.sales.recipes.model import QUANTILES, Forecast, SalesModel
from models.sales.settings import ClassicSettings, NetworkSettings, SalesSettings
from tests.models.sales.reference import day

START = day("2024-01-01")  # a Monday
SMALL = SalesSettings(horizon=7, network=NetworkSettings(units=8, members=1, steps=60))


def settings_with(usual: SalesSettings = SMALL, **changes: Any) -> SalesSettings:
    """Settings with other values, each in the section that has it."""
    network = {name: changes.pop(name) for name in NetworkSettings.model_fields.keys() & changes.keys()}
    classic = {name: changes.pop(name) for name in ClassicSettings.model_fields.keys() & changes.keys()}
    sections = {
        "network": usual.network.model_copy(update=network),
        "classic": usual.classic.model_copy(update=classic),
    }
    return usual.model_copy(update=changes | sections)


def rows_of(values: Floats) -> tuple[Any, Any, Any]:
    """Daily rows, one for each value that is known, (series, day, value)."""
    series, column = np.nonzero(~np.isnan(values))
    return series, START + column, values[series, column]


def panel_of(values: Floats, late: int = 0, settings: SalesSettings = SMALL, **options: Any) -> SalesPanel:
    """A daily panel of these values, the as-of `late` days after the last one."""
    as_of = START + values.shape[1] + late
    options = {"frequency": "D", "missing": "unknown", **options}
    return build_panel(*rows_of(values), len(values), as_of, settings=settings, **options)


def rhythm(series: int, length: int, seed: int = 0) -> Floats:
    """Weekly patterns of different levels with some noise."""
    generator = np.random.default_rng(seed)
    level = 10.0 ** generator.uniform(-2, 4, (series, 1))
    week = generator.uniform(0.2, 2, (series, 7))[:, np.arange(length) % 7]
    return np.asarray(level * week * generator.gamma(9, 1 / 9, (series, length)))


@dataclass
class Constant:
    """A model that forecasts the same factor of every series' last value at each step."""

    factor: float
    recipe: str = "lstm"
    horizon: int = 7
    frequency: str = "D"

    def forecast(self, panel: SalesPanel) -> Forecast:
        mean = np.repeat(panel.values[:, -1:] * self.factor, self.horizon, axis=1)
        return Forecast(panel.observations >= 3, mean, np.repeat(mean[:, :, None], len(QUANTILES), axis=2))

    def save(self, folder: Path) -> None:
        raise NotImplementedError


@dataclass
class Stub:
    """A recipe that fits by a given function of the panel."""

    name: str
    model: Callable[[SalesPanel], SalesModel]

    def fit(self, known: SalesPanel, *everything: Any) -> SalesModel:
        return self.model(known)

    def load(self, folder: Path, description: dict[str, Any]) -> SalesModel:
        raise NotImplementedError
