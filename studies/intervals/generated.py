"""A generated customer base with regular, irregular and lapsing customers."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from models.common.arrays import Floats, Integers
from studies.data import Visits

FIRST_DAY = 18_262
"""2020-01-01."""

REGULAR, IRREGULAR = 0.45, 0.30
"""Shares of the customers; the others lapse."""

TYPICAL = 60.0
"""Days of the median customer's own interval; customers then spread over the bins of the published experiment."""

SPREAD = 0.25
"""Standard deviation of the logarithms of a regular customer's intervals."""

SLOWER = 1.3
"""Expected ratio of two consecutive intervals of a lapsing customer."""

SAME_DAY = 0.05
"""Share of visits that are followed by another on the same day."""

MOST_VISITS = 200
"""Most visits of a customer after the first."""

CUSTOMERS_AT_ONCE = 10_000


def customer_base(customers: int, days: int, seed: int) -> Visits:
    """Visits of generated customers.

    Every customer has its own usual interval, between 15 and 150 days. Regular customers keep to it. Intervals of
    irregular customers are exponential with that mean. Intervals of lapsing customers start at half of it and grow.
    First visits are spread over all days, and visits after the last day are left out.

    Args:
        customers: The number of customers.
        days: Days in which visits are recorded, the first being 2020-01-01.
        seed: Seed of the generator.
    """
    random = np.random.default_rng(seed)
    parts = [
        _drawn(random, first, min(CUSTOMERS_AT_ONCE, customers - first), days)
        for first in range(0, customers, CUSTOMERS_AT_ONCE)
    ]
    customer, day = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Visits.from_rows(customer, day + FIRST_DAY)


def _drawn(random: Generator, first_customer: int, customers: int, days: int) -> tuple[Integers, Integers]:
    """Customers and days of visits."""
    own = np.clip(random.lognormal(np.log(TYPICAL), 0.45, customers), 15.0, 150.0)
    kind = random.choice(3, customers, p=[REGULAR, IRREGULAR, 1 - REGULAR - IRREGULAR])
    intervals = np.choose(kind, [_regular(random, own), _irregular(random, own), _lapsing(random, own)])
    intervals[random.random(intervals.shape) < SAME_DAY] = 0.0
    begin = random.integers(0, days, customers)
    later = begin + np.cumsum(np.rint(np.minimum(intervals, days)), axis=0)
    place, customer = np.nonzero(later < days)
    visited = np.concatenate([begin, later[place, customer].astype(np.int64)])
    return np.concatenate([np.arange(customers), customer]) + first_customer, visited


def _regular(random: Generator, own: Floats) -> Floats:
    return own * random.lognormal(0.0, SPREAD, (MOST_VISITS, own.size))


def _irregular(random: Generator, own: Floats) -> Floats:
    return own * random.exponential(1.0, (MOST_VISITS, own.size))


def _lapsing(random: Generator, own: Floats) -> Floats:
    slower = SLOWER ** np.minimum(np.arange(MOST_VISITS), 20)[:, None]
    return own / 2 * slower * random.lognormal(0.0, SPREAD, (MOST_VISITS, own.size))
