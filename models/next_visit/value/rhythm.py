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
    """The logarithms of customers' mean intervals: that of all, and how many intervals of a customer it counts as."""

    logarithms: Credibility

    @classmethod
    def fit(cls, known: CustomerBase) -> Rhythm:
        """From all customers, or an even sample of them."""
        rows = known.rows.every(max(1, known.rows.size // MOST_CUSTOMERS))
        count, lengths = _newest_intervals(known.history, rows)
        logarithms = np.log(np.maximum(lengths, 1))
        weight = Credibility.fit(count, logarithms.sum(axis=1), (logarithms**2).sum(axis=1)).weight
        share = count / (count + weight)
        total = float(share.sum())
        return cls(Credibility(float((share * _log_means(count, lengths)).sum() / total) if total else np.nan, weight))

    @property
    def of_all(self) -> float:
        """The usual interval of all customers; `TYPICAL_INTERVAL` where nobody returned."""
        return TYPICAL_INTERVAL if np.isnan(self.logarithms.mean) else float(np.exp(self.logarithms.mean))

    def usual_intervals(self, history: VisitHistory, rows: Rows) -> NDArray[np.float64]:
        """The mean of each row's newest intervals, drawn towards that of all by its logarithm, in days: (r,).

        NaN for customers with one visit day.
        """
        count, lengths = _newest_intervals(history, rows)
        usual = np.exp(self.logarithms.means(count, count * _log_means(count, lengths)))
        return np.where(count > 0, usual, np.nan)


def _newest_intervals(history: VisitHistory, rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The number of each row's newest intervals, (r,), and their days, (r, m), 0 where there is none."""
    positions, present = last_positions(history, rows, MOST_INTERVALS)
    return np.count_nonzero(present, axis=1).astype(np.int64), interval_lengths(history, positions, present)


def _log_means(count: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.float64]:
    """The logarithm of each row's mean interval; 0 where there is none: (r,)."""
    return np.asarray(np.log(np.maximum(lengths.sum(axis=1), 1) / np.maximum(count, 1)))
