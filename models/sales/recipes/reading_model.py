"""The common part of models that read windows of a panel."""

from __future__ import annotations

from dataclasses import dataclass

from models.common.arrays import Flags
from models.sales.data.panel import SalesPanel
from models.sales.features.reading import Reading
from models.sales.recipes.panel_model import PanelModel
from models.sales.recipes.seasonal_naive import SeasonalNaive


@dataclass(frozen=True, eq=False)
class ReadingModel(PanelModel):
    """A model that reads windows; it covers series with enough known values, some of them in the look-back.

    Attributes:
        reading: How windows are read.
    """

    reading: Reading

    @property
    def baseline(self) -> SeasonalNaive:
        """Stands in for series that are not covered."""
        lengths = self.reading.lengths
        return SeasonalNaive(lengths.horizon, lengths.season, self.reading.frequency)

    def covers(self, panel: SalesPanel) -> Flags:
        """Series that can be learned from, (S,)."""
        return self.reading.learnable(panel)
