"""A product's part in what follows a publication."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from nightcast.values import Part
from sql.engine import Database
from sql.ledger.reviews import OpenRun, Review
from tasks.night import Known, Model, Night, Prepared


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What came, by series and period, as far as it is known tonight.

    Attributes:
        forecasts: the table of the forecasts by series and step.
        actuals: the table that keeps what came.
        days_back: the days before the as-of that are kept even where nothing was forecast.
        period: the labels of the periods that are over, days since 1970-01-01, (T,).
        value: (S, T), by the codes of the series; NaN where unknown.
    """

    forecasts: sa.Table
    actuals: sa.Table
    days_back: int
    period: NDArray[np.int64]
    value: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Expected:
    """What a forecast expects of all subjects together, in stretches of days.

    Attributes:
        first: the first day of each stretch, days since 1970-01-01, (n,).
        last: its last day, (n,).
        total: what is expected in it, (n,).
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    total: NDArray[np.float64]

    def within(self, first: int, last: int) -> float:
        """What is expected from the day `first` through `last`; within a stretch it is spread evenly over its days."""
        days = np.minimum(self.last, last) - np.maximum(self.first, first) + 1
        return float((np.maximum(days, 0) / (self.last - self.first + 1) * self.total).sum())


class HindsightSteps(ABC, Generic[Known, Model]):
    """The part of a product in reviews, and in what readers are told about them."""

    @abstractmethod
    def parts(self, prepared: Prepared[Known], run: OpenRun) -> list[Part]:
        """The parts of a published forecast, each reviewed on its own, the whole among them."""

    @abstractmethod
    def review(self, night: Night, prepared: Prepared[Known], run: OpenRun, parts: Sequence[str]) -> Review:
        """Compare parts of a published forecast with their outcome.

        Args:
            night: tonight.
            prepared: what is known tonight.
            run: the published run.
            parts: the names of the parts, whose days are over.

        Returns:
            At least one figure for each part, and the details of the parts.
        """

    def outcomes(self, prepared: Prepared[Known]) -> Outcomes | None:
        """What came, for products that forecast values of series."""
        return None

    def periods(self, prepared: Prepared[Known]) -> str:
        """The noun of what is forecast one by one: days, weeks, ..."""
        return "days"

    @abstractmethod
    def expected(self, database: Database, prepared: Prepared[Known], run_id: str) -> Mapping[str, Expected]:
        """What a stored run expects, by measure; see the table `forecast_change`."""

    @abstractmethod
    def expected_by(self, prepared: Prepared[Known], model: Model) -> Mapping[str, Expected]:
        """What a model would expect tonight, by measure.

        Raises:
            InputError: if the model cannot forecast tonight.
        """
