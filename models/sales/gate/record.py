"""The accuracy of the serving model for each series, and the share of seasonal naive that follows from it.

A series on which the model lost to seasonal naive is forecast by the mean of both if that did not lose, otherwise by
seasonal naive alone. The loss of a mean is at most the mean of the losses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Floats, Integers
from models.sales.recipes.seasonal_naive import RECIPE as SEASONAL_NAIVE

HALF = 0.5
WITH_NAIVE = f"{{}} + {SEASONAL_NAIVE}"
"""The name of the mean of the model and seasonal naive, as the model of a series."""


@dataclass(frozen=True, eq=False)
class SeriesRecord:
    """The record of S series.

    Attributes:
        skill: 1 - loss / loss of seasonal naive, over the origins, of the model that forecasts the series, (S,); NaN if
            not measured.
        naive_share: The share of seasonal naive in it, (S,): 0, `HALF` or 1.
    """

    skill: Floats
    naive_share: Floats

    @classmethod
    def unknown(cls, series_count: int) -> SeriesRecord:
        """The record of series that were not measured: the model serves alone."""
        return cls(np.full(series_count, np.nan), np.zeros(series_count))

    @classmethod
    def of_losses(cls, model: Floats, half: Floats, naive: Floats) -> SeriesRecord:
        """The record by the losses of the model, of the mean of both, and of seasonal naive, (S,) each."""
        share = np.where(model <= naive, 0.0, np.where(half <= naive, HALF, 1.0))
        serves = np.select([share == 0.0, share == HALF], [model, half], naive)
        ratio = np.divide(serves, naive, out=np.full(len(naive), np.nan), where=naive > 0)
        return cls(np.asarray(1.0 - ratio), share)

    @classmethod
    def from_published(cls, skill: Floats, model: list[str | None]) -> SeriesRecord:
        """The record that follows from the published skill and model of each series."""
        names = np.array([name or "" for name in model], dtype=object)
        alone = names == SEASONAL_NAIVE
        together = np.array([name.endswith(WITH_NAIVE.format("")) for name in names], dtype=bool)
        measured = ~np.isnan(skill)
        return cls(skill, np.where(measured & alone, 1.0, np.where(measured & together, HALF, 0.0)))

    def take(self, series: Integers) -> SeriesRecord:
        """The record of some series."""
        return SeriesRecord(self.skill[series], self.naive_share[series])
