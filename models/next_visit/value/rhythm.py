"""The usual interval between a customer's visit days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.intervals import Rows, interval_lengths, last_positions
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.customers import TYPICAL_INTERVAL
from models.next_visit.value.credibility import Credibility

MOST_INTERVALS = 16
"""The newest intervals tell the present habit."""

MOST_CUSTOMERS = 20_000
"""Customers that the parameters are fitted to."""


@dataclass(frozen=True)
class Rhythm:
    """What the logarithms of intervals are, of customers and of all."""

    logarithms: Credibility

    @classmethod
    def fit(cls, known: CustomerBase) -> Rhythm:
        """From all customers, or an even sample of them."""
        rows = known.rows.every(max(1, known.rows.size // MOST_CUSTOMERS))
        return cls(Credibility.fit(*_moments(known.history, rows)))

    @property
    def of_all(self) -> float:
        """The usual interval of all customers; `TYPICAL_INTERVAL` where nobody returned."""
        return TYPICAL_INTERVAL if np.isnan(self.logarithms.mean) else float(np.exp(self.logarithms.mean))

    def usual_intervals(self, history: VisitHistory, rows: Rows) -> NDArray[np.float64]:
        """The geometric mean of each row's newest intervals, drawn towards that of all, in days: (r,).

        One long absence changes it little. NaN for customers with one visit day.
        """
        count, total, _ = _moments(history, rows)
        return np.where(count > 0, np.exp(self.logarithms.means(count, total)), np.nan)


def _moments(history: VisitHistory, rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """The number of each row's newest intervals, the sum of their logarithms, and that of the squares: (r,) each."""
    positions, present = last_positions(history, rows, MOST_INTERVALS)
    logarithms = np.log(np.maximum(interval_lengths(history, positions, present), 1))
    return np.count_nonzero(present, axis=1).astype(np.int64), logarithms.sum(axis=1), (logarithms**2).sum(axis=1)
