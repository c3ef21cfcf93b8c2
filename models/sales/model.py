"""What every sales model can do, and how one is read back from its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from models.sales.arrays import Flags, Floats
from models.sales.artifact import damaged, read_description
from models.sales.calendar import Calendar
from models.sales.outcome import QUANTILES
from models.sales.panel import SalesPanel
from models.sales.seasonal_naive import SeasonalNaive
from nightcast.errors import SettingsError

__all__ = ["QUANTILES", "SalesModel", "load_model"]


class SalesModel(Protocol):
    """A fitted model of all series of a source."""

    @property
    def recipe(self) -> str:
        """How it was made: ``lstm`` or ``seasonal_naive``."""

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
        if description["recipe"] == "seasonal_naive":
            return SeasonalNaive(int(description["horizon"]), int(description["season"]), description["frequency"])
        if description["recipe"] != "lstm":
            raise damaged(folder)
    except (KeyError, TypeError, ValueError, AttributeError, SettingsError) as error:
        raise damaged(folder) from error
    from models.sales.lstm import load_lstm

    return load_lstm(folder, description)
