"""The days of the week on which customers come: those of the shop, and those of each customer.

A customer's visits are spread over the week by shares drawn from a Dirichlet distribution around the shop's. Its
concentration is fitted by maximum likelihood (Minka, 2000), so that customers' own weekdays count as much as they
deserve in this shop: in a gym nearly all, in a shop with chance visitors hardly anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.intervals import Rows
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.level_process import WEEK, YEAR

MOST_VISITS = 50
"""Visit days of one customer that are read, the newest ones: habits change."""

MOST_CUSTOMERS = 20_000
CLOSED_DAYS, CLOSED_VISITS = 56, 10
"""A weekday without a visit for so many days is closed, where the mean weekday had so many visits in them."""

CONCENTRATIONS = (0.5, 1e4)
CLOSED_SHARE = 1e-9
"""What a day counts on which the shop is closed: enough for a bin that has no other days."""


@dataclass(frozen=True, eq=False)
class Weekdays:
    """Shares of the days of the week, numbered as days since 1970-01-01 modulo 7 (0 is a Thursday).

    Attributes:
        shop: float64 (7,), the shop's; they sum to 1, and a closed day has 0.
        concentration: how many visits of a customer the shop's shares count as.
    """

    shop: NDArray[np.float64]
    concentration: float

    @classmethod
    def fit(cls, known: CustomerBase) -> Weekdays:
        """The shop's weekdays of the last year, and how much customers differ in theirs."""
        recent = known.history.day[known.history.day >= known.as_of - YEAR]
        counts = np.bincount(recent % WEEK, minlength=WEEK)
        newest = recent[recent >= known.as_of - CLOSED_DAYS]
        is_closed = (np.bincount(newest % WEEK, minlength=WEEK) == 0) & (newest.size >= CLOSED_VISITS * WEEK)
        shop = np.where(is_closed, 0.0, counts + 1.0)
        shop /= shop.sum()
        return cls(shop, _concentration(known, shop))

    def own(self, history: VisitHistory, rows: Rows) -> NDArray[np.float64]:
        """Each customer's shares, drawn towards the shop's: (r, 7); they sum to 1, and a closed day has 0."""
        counts = np.where(self.shop > 0, weekday_counts(history, rows), 0)
        shares = counts + self.concentration * self.shop
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def on_days(shares: NDArray[np.float64], first: int, days: int) -> NDArray[np.float64]:
    """The shares, (r, 7), of the weekdays of so many days from `first` on: (r, days)."""
    return (shares + CLOSED_SHARE)[:, (first + np.arange(days)) % WEEK]


def weekday_counts(history: VisitHistory, rows: Rows) -> NDArray[np.int64]:
    """Visit days of each row's customer on each day of the week, of the newest `MOST_VISITS`: (r, 7)."""
    start = np.maximum(history.offsets[rows.customer], rows.end - MOST_VISITS)
    sizes = rows.end - start
    ends = np.cumsum(sizes)
    positions = np.arange(ends[-1] if ends.size else 0) + np.repeat(start - ends + sizes, sizes)
    keys = np.repeat(np.arange(rows.size) * WEEK, sizes) + history.day[positions] % WEEK
    return np.bincount(keys, minlength=rows.size * WEEK).reshape(-1, WEEK)


def _concentration(known: CustomerBase, shop: NDArray[np.float64]) -> float:
    """The concentration with the largest likelihood of the weekdays of all customers, or of an even sample."""
    counts = weekday_counts(known.history, known.rows.every(max(1, known.rows.size // MOST_CUSTOMERS)))
    counts = counts[:, shop > 0]
    counts, shares = counts[counts.sum(axis=1) > 1], shop[shop > 0]
    if not counts.size:
        return CONCENTRATIONS[1]

    def loss(logarithm: float) -> float:
        prior = np.exp(logarithm) * shares
        each = gammaln(counts + prior).sum(axis=1) - gammaln(counts.sum(axis=1) + prior.sum())
        return -float((each + gammaln(prior.sum()) - gammaln(prior).sum()).mean())

    best = minimize_scalar(loss, bounds=np.log(CONCENTRATIONS), method="bounded", options={"xatol": 0.05})
    return float(np.exp(best.x))
