"""What every sales model can do, and how one is read back from its folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from models.common.arrays import Flags, Floats
from models.sales.data.calendar import Calendar
from models.sales.data.panel import SalesPanel
from models.sales.recipes.artifact import damaged, read_description
from models.sales.recipes.constraints import QUANTILES
from models.sales.recipes.seasonal_naive import SeasonalNaive
from models.sales.settings import LOCAL, NETWORKS, STATISTICAL
from nightcast.errors import SettingsError

__all__ = ["QUANTILES", "SalesModel", "load_model"]


class SalesModel(Protocol):
    """A fitted model of all series of a source."""

    @property
    def recipe(self) -> str:
        """How it was made: one of `models.sales.recipes.registry.RECIPES`, or ``ensemble``."""

    @property
    def horizon(self) -> int:
        """Steps that it forecasts."""

    @property
    def frequency(self) -> str:
        """The frequency of the panels that it forecasts."""

    def covers(self, panel: SalesPanel) -> Flags:
        """Which series the recipe itself forecasts; a simpler one stands in for the others, (S,)."""

    def predict(self, panel: SalesPanel) -> tuple[Floats, Floats]:
        """Mean (S, H) and quantiles (S, H, 5) from the panel's step 1 on.

        Finite for every series with a known value, NaN for the others; the quantiles, at the levels `QUANTILES`, in
        order.
        """

    def save(self, folder: Path) -> None:
        """Write the model into a folder, which is made where it is missing."""


def load_model(folder: Path) -> SalesModel:
    """Read what `SalesModel.save` wrote.

    Raises:
        InputError: if anything is missing or damaged.
    """
    description = read_description(folder)
    try:
        Calendar(description["frequency"])
        return _READERS[description["recipe"]](folder, description)
    except (KeyError, TypeError, ValueError, AttributeError, SettingsError) as error:
        raise damaged(folder) from error


def _read_naive(folder: Path, description: dict[str, Any]) -> SalesModel:
    return SeasonalNaive(int(description["horizon"]), int(description["season"]), description["frequency"])


def _read_network(folder: Path, description: dict[str, Any]) -> SalesModel:
    from models.sales.recipes.networks.model import load_network

    return load_network(folder, description)


def _read_local(folder: Path, description: dict[str, Any]) -> SalesModel:
    from models.sales.recipes.lstm_local.model import load_local

    return load_local(folder, description)


def _read_statistical(folder: Path, description: dict[str, Any]) -> SalesModel:
    from models.sales.recipes.statistical.model import load_statistical

    return load_statistical(folder, description)


def _read_ensemble(folder: Path, description: dict[str, Any]) -> SalesModel:
    from models.sales.recipes.ensemble import load_ensemble

    return load_ensemble(folder, description)


_READERS: dict[str, Callable[[Path, dict[str, Any]], SalesModel]] = {
    "seasonal_naive": _read_naive,
    "ensemble": _read_ensemble,
    **dict.fromkeys(NETWORKS, _read_network),
    **dict.fromkeys(LOCAL, _read_local),
    **dict.fromkeys(STATISTICAL, _read_statistical),
}
