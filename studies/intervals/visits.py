"""Single visits, as studies of intervals read them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.common.arrays import Days, Integers
from models.next_visit.recipes.classic.windows import completed_intervals, first_visits


@dataclass(frozen=True, eq=False)
class Visits:
    """Visits of customers, sorted by customer, then day.

    Elsewhere several visits in a day are one visit day; here each stays, as in the published experiment, so that an
    interval may be 0 days.

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
        """How many customers there are."""
        return int(np.unique(self.customer).size)

    @property
    def first(self) -> NDArray[np.int64]:
        """For each visit, the position of its customer's first one."""
        return first_visits(self.customer)

    @property
    def intervals(self) -> Integers:
        """Calendar days between each two consecutive visits of a customer."""
        return completed_intervals(self.first, self.day)[1]
