"""The data of studies: series, and visits of customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.common.arrays import Days, Floats, Integers
from models.next_visit.recipes.classic.windows import completed_intervals, first_visits


@dataclass(frozen=True, eq=False)
class SeriesData:
    """One or more series over the same periods.

    Attributes:
        values: (n, k), NaN where unknown.
        periods: datetime64[D] (n,), rising; or None where periods are only numbered.
        names: Names of the k series.
    """

    values: Floats
    periods: NDArray[np.datetime64] | None
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Visits:
    """Visits of customers, sorted by customer, then day.

    The nightly forecasts count several visits on one day as one visit day. Here each visit counts, as in the published
    experiment, so that an interval may be 0 days.

    Attributes:
        customer: int64 (m,), codes in any numbering.
        day: int32 (m,), days since 1970-01-01.
    """

    customer: Integers
    day: Days

    @classmethod
    def from_rows(cls, customer: ArrayLike, day: ArrayLike) -> Visits:
        """Visits in any order, one customer and day each."""
        codes, days = np.asarray(customer, dtype=np.int64), np.asarray(day, dtype=np.int32)
        order = np.lexsort((days, codes))
        return cls(codes[order], days[order])

    @property
    def customers(self) -> int:
        """The number of customers."""
        return int(np.unique(self.customer).size)

    @property
    def first(self) -> NDArray[np.int64]:
        """For each visit, the position of its customer's first one."""
        return first_visits(self.customer)

    @property
    def intervals(self) -> Integers:
        """Calendar days between each two consecutive visits of a customer."""
        return completed_intervals(self.first, self.day)[1]


class DatabaseRows(Protocol):
    """Rows of the database, for studies that use them; nothing is opened before a method is called."""

    def series(self, series_ids: Mapping[str, str]) -> dict[str, SeriesData]:
        """Sales series, each from its first row to its last before the as-of.

        Args:
            series_ids: Identifiers of the series by the names to return them by.

        Raises:
            InputError: if a series does not exist, or has no usable row.
        """
        ...

    def visits(self) -> Visits:
        """All visits before the as-of.

        Raises:
            InputError: if there is none.
        """
        ...
