"""Amounts of customers: their sums, and what a visit day of a customer brings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.visits import VisitHistory
from models.next_visit.value.credibility import Credibility

CLIPPED_SHARE = 0.01
"""Share of the amounts at each end that count as less extreme when customers are compared with each other."""


def amount_totals(history: VisitHistory, since: int | None = None) -> NDArray[np.float64]:
    """The sum of each customer's known amounts from day `since` on, NaN where none is known: (n,)."""
    count, total = history.known_amounts if since is None else history.sums_of(history.amount, since)
    return np.where(count > 0, total, np.nan)


MOST_CUSTOMERS = 20_000
"""Customers that the parameters are fitted to."""


@dataclass(frozen=True)
class Spending:
    """What a visit day brings, of customers and of all."""

    amounts: Credibility

    @classmethod
    def fit(cls, known: CustomerBase) -> Spending:
        """From all customers, or an even sample of them.

        A few extreme amounts do not decide how much customers differ.
        """
        history = known.history.every(max(1, known.customers // MOST_CUSTOMERS))
        is_known = np.isfinite(history.amount)
        if not is_known.any():
            return cls(Credibility(np.nan, 1.0))
        limits = np.quantile(history.amount[is_known], [CLIPPED_SHARE, 1.0 - CLIPPED_SHARE])
        clipped = np.clip(history.amount, *limits)
        count, total = history.sums_of(clipped)
        weight = Credibility.fit(count, total, history.sums_of(clipped**2)[1]).weight
        return cls(Credibility(_mean_of_returns(history, weight), weight))

    def mean_amounts(self, history: VisitHistory) -> NDArray[np.float64]:
        """The expected amount of a visit day of each customer; NaN if no amount of any is known: (n,)."""
        return self.amounts.means(*history.known_amounts)


def _mean_of_returns(history: VisitHistory, weight: float) -> float:
    """The mean amount of visit days after the first, which often bring more; of all where no such amount is known."""
    is_first = np.zeros(history.day.size, dtype=np.bool_)
    is_first[history.offsets[:-1][history.known]] = True
    count, total = history.sums_of(np.where(is_first, np.nan, history.amount))
    if not count.any():
        count, total = history.known_amounts
    share = 1.0 / (count + weight)
    return float((share * total).sum() / (share * count).sum())
