"""The common part of models that forecast the series of a panel which they cover; seasonal naive does the others."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from models.common.arrays import Flags, Floats
from models.sales.data.panel import SalesPanel
from models.sales.recipes.model import Forecast
from models.sales.recipes.seasonal_naive import SeasonalNaive


class PanelModel(ABC):
    """A fitted model for any panel of its frequency.

    Attributes:
        at_once: Series that are forecast in one call, which bounds memory.
    """

    at_once: ClassVar[int]

    @property
    @abstractmethod
    def baseline(self) -> SeasonalNaive:
        """Stands in for series that are not covered; it has the model's own horizon and frequency."""

    @property
    def horizon(self) -> int:
        """Steps that it forecasts."""
        return self.baseline.horizon

    @property
    def frequency(self) -> str:
        """Frequency of the panels that it forecasts."""
        return self.baseline.frequency

    def forecast(self, panel: SalesPanel) -> Forecast:
        """All series, in parts of `at_once`."""
        return self.baseline.stand_in(
            panel,
            self.covers(panel),
            self.at_once,
            lambda part: self.forecast_all(panel.take(part)),
            self.unsuited(panel),
        )

    @abstractmethod
    def covers(self, panel: SalesPanel) -> Flags:
        """Series that are long enough, (S,)."""

    def unsuited(self, panel: SalesPanel) -> Flags | None:
        """Series of a kind that the recipe is not made for, (S,), see `models.sales.recipes.model.Forecast`."""
        return None

    @abstractmethod
    def forecast_all(self, panel: SalesPanel) -> tuple[Floats, Floats]:
        """Mean (S, H) and quantiles (S, H, Q) of all series of a panel, which it covers."""
