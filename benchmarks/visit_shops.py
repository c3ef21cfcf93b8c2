"""Generated visits of other kinds of shops than those in files.

Each kind is drawn for all customers at once, from one seed. No choice in the program was made on them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from models.next_visit.data.visits import VisitHistory

DAYS = 730
FIRST_DAY = 18_000  # 2019-04-14

Visits = tuple[NDArray[np.int64], NDArray[np.int64]]
"""A customer code and a day, both from 0 on, for each visit."""


def generated(kind: str, seed: int = 1) -> VisitHistory:
    """The visits of one of `KINDS`; the amounts are unknown."""
    customers, draw = KINDS[kind]
    customer, day = draw(np.random.default_rng(seed), customers)
    return VisitHistory.from_rows(customer, day + FIRST_DAY, np.full(day.size, np.nan), customers)


def irregular(random: Generator, customers: int) -> Visits:
    """Customers with individual rates who come at random until they leave for good, as Pareto/NBD assumes."""
    rate, leaves = random.gamma(0.8, 1 / 40, customers), random.exponential(1 / random.gamma(0.9, 1 / 150, customers))
    first = random.integers(0, DAYS, customers)
    intervals = random.exponential(1 / np.maximum(rate, 1e-4), (100, customers))
    return _visits(first, first + leaves, intervals)


def thinned(share: Callable[[NDArray[np.int64]], NDArray[np.float64]]) -> Callable[[Generator, int], Visits]:
    """Customers as of `irregular`, of whose visits after the first a share of at most 1 takes place, by the day."""

    def draw(random: Generator, customers: int) -> Visits:
        customer, day = irregular(random, customers)
        first = np.full(customers, DAYS)
        np.minimum.at(first, customer, day)
        kept = (random.random(day.size) < share(day)) | (day == first[customer])
        return customer[kept], day[kept]

    return draw


def falling(day: NDArray[np.int64]) -> NDArray[np.float64]:
    """Steady for a year and a half, then ever less."""
    return np.asarray(np.exp(-np.maximum(day - 530, 0) / 200))


def growing(day: NDArray[np.int64]) -> NDArray[np.float64]:
    """Ever more."""
    return np.asarray(np.exp((day - DAYS) / DAYS))


def seasonal(day: NDArray[np.int64]) -> NDArray[np.float64]:
    """A summer with three times the visits of the winter."""
    return np.asarray(np.exp(0.55 * (np.sin(2 * np.pi * day / 365.25) - 1)))


def givers(random: Generator, customers: int) -> Visits:
    """People who give about once a year, most of them in the same season, and skip some years."""
    first = np.clip(random.normal(180, 60, customers), 0, 364).astype(np.int64)
    years = np.arange(DAYS // 365 + 1)[:, None]
    day = first + 365 * years + np.where(years > 0, random.normal(0, 25, (years.size, customers)), 0).astype(np.int64)
    begins = random.integers(0, years.size, customers)
    gives = (random.random(day.shape) < random.uniform(0.3, 0.9, customers)) & (years >= begins) | (years == begins)
    year, customer = np.nonzero(gives & (day < DAYS) & (day >= 0))
    return customer.astype(np.int64), day[year, customer]


def regular(random: Generator, customers: int) -> Visits:
    """Members who train on fixed days of the week, miss one in five, go on holiday, and give up after a year or so."""
    first, leaves = random.integers(0, DAYS, customers), random.exponential(300, customers)
    habit = random.random((customers, 7)) < random.choice([1 / 7, 2 / 7, 3 / 7], customers)[:, None]
    day = np.arange(DAYS)
    away = random.integers(0, 365, customers)
    holiday = (day[None, :] - away[:, None]) % 365 < random.integers(7, 22, customers)[:, None]
    inside = (day >= first[:, None]) & (day <= (first + leaves)[:, None]) & ~holiday
    comes = inside & habit[:, day % 7] & (random.random((customers, DAYS)) < 0.8)
    comes[np.arange(customers), first] = True
    customer, visit_day = np.nonzero(comes)
    return customer.astype(np.int64), visit_day.astype(np.int64)


def appointments(random: Generator, customers: int) -> Visits:
    """Patients with an individual interval of four, six or thirteen weeks, who skip one appointment in eight."""
    own = random.choice([28.0, 42.0, 91.0], customers)
    intervals = (
        own * random.lognormal(0.0, 0.12, (60, customers)) * np.where(random.random((60, customers)) < 0.125, 2, 1)
    )
    first = random.integers(0, DAYS, customers)
    return _visits(first, first + random.exponential(500, customers), intervals)


def courses(random: Generator, customers: int) -> Visits:
    """Clients who come for courses of five visits, a week apart, with breaks of two to four months between them."""
    intervals = random.lognormal(np.log(7.0), 0.15, (60, customers))
    between = np.arange(60)[:, None] % 5 == random.integers(0, 5, customers)
    intervals = np.where(between, random.uniform(60, 120, intervals.shape), intervals)
    first = random.integers(0, DAYS, customers)
    return _visits(first, first + random.exponential(500, customers), intervals)


def _visits(first: NDArray[np.int64], last: NDArray[np.float64], intervals: NDArray[np.float64]) -> Visits:
    """Visits after `intervals` (visits, customers), in days, until the customer leaves or the data end."""
    later = np.cumsum(np.maximum(np.rint(intervals), 1.0), axis=0)
    days = np.concatenate([np.zeros((1, first.size)), np.minimum(later, 10.0 * DAYS)]) + first
    place, customer = np.nonzero((days < DAYS) & (days <= last))
    return customer.astype(np.int64), days[place, customer].astype(np.int64)


KINDS: dict[str, tuple[int, Callable[[Generator, int], Visits]]] = {
    "irregular": (36_000, irregular),
    "regular": (2_000, regular),
    "appointments": (3_000, appointments),
    "courses": (3_000, courses),
    "small": (100, irregular),
    "falling": (5_000, thinned(falling)),
    "growing": (5_000, thinned(growing)),
    "seasonal": (5_000, thinned(seasonal)),
    "givers": (5_000, givers),
}
"""The number of customers of each kind, and how they are drawn."""
