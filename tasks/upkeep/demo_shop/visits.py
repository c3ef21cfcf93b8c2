"""Customers' visits and bookings."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.random import Generator
from numpy.typing import NDArray

from tasks.upkeep.demo_shop.pattern import DAYS, MONDAY, WEEK, day_of_year
from tasks.upkeep.demo_shop.sales import STORES

CUSTOMERS = 1_500
BOOKINGS = 24
BOOKING_DAYS = 14
"""Days ahead for which customers have booked a tasting."""

_OPENS, _CLOSES = 8 * 3600, 19 * 3600


def visit_rows(random: Generator, days: NDArray[np.int64]) -> pa.Table:
    """Visits at an individual rate between a first and a last day, by season and weekday."""
    first, last, rate, weekday = _customers(random)
    position = np.arange(DAYS)
    season = 1 + 0.18 * np.cos(2 * np.pi * (day_of_year(days) - 350) / 365.25)
    habit = 1 + 2.5 * ((days - MONDAY)[None, :] % 7 == weekday[:, None])
    chance = rate[:, None] * habit / habit.mean(axis=1, keepdims=True) * (season * WEEK[(days - MONDAY) % 7])[None, :]
    alive = (position >= first[:, None]) & (position <= last[:, None])
    comes = alive & (random.random((CUSTOMERS, DAYS), dtype=np.float32) < chance)
    comes[np.arange(CUSTOMERS), first] = True
    customer, at = np.nonzero(comes)
    twice = random.random(len(customer)) < 0.03
    customer, at = np.repeat(customer, 1 + twice), np.repeat(at, 1 + twice)
    order = np.argsort(seconds := days[at] * 86_400 + _opening_hours(random, len(at)), kind="stable")
    customer, seconds = customer[order], seconds[order]
    amount = np.round(_basket(random, customer), 2)
    unknown = random.random(len(amount)) < 0.02
    return pa.table(
        {
            "customer_id": _names(customer),
            "visited_at": pa.array(seconds).cast(pa.timestamp("s")),
            "amount": pa.array(amount, mask=unknown),
        }
    )


def with_stores(random: Generator, visits: pa.Table) -> pa.Table:
    """The visits, most of them in each customer's usual store."""
    usual = random.random(CUSTOMERS) < 0.4
    customer = _numbers(visits["customer_id"])
    other = random.random(len(customer)) < 0.15
    names = pa.array(list(STORES)).take(pa.array((usual[customer] ^ other).astype(np.int8)))
    return visits.append_column("store", names)


def booking_rows(random: Generator, visits: pa.Table, days: NDArray[np.int64]) -> pa.Table:
    """Tastings on the market square, booked by some of the customers who came last; the morrow is the first day."""
    newest = pc.unique(visits["customer_id"].slice(len(visits) - 20 * BOOKINGS))
    customer = random.choice(np.asarray(newest), BOOKINGS, replace=False)
    at = np.sort(random.choice(days[1:BOOKING_DAYS], BOOKINGS)) * 86_400 + 18 * 3600
    return pa.table(
        {
            "customer_id": pa.array(customer.astype(str)),
            "visited_at": pa.array(at).cast(pa.timestamp("s")),
            "amount": pa.nulls(BOOKINGS, pa.float64()),
            "store": pa.array(["market-square"] * BOOKINGS),
        }
    )


def _customers(
    random: Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """For each customer: positions of the first and last day, visits per day, favourite weekday (0 is Monday)."""
    was_there = random.random(CUSTOMERS) < 0.45
    first = np.where(was_there, random.integers(0, 60, CUSTOMERS), random.integers(0, DAYS, CUSTOMERS))
    once = random.random(CUSTOMERS) < 0.20
    stays = random.exponential(np.where(random.random(CUSTOMERS) < 0.5, 220, 1_500), CUSTOMERS)
    last = np.where(once, first, np.minimum(first + stays, DAYS - 1)).astype(np.int64)
    kinds = np.array([1 / 7, 1 / 14, 1 / 30, 1 / 75])
    rate = kinds[random.choice(4, CUSTOMERS, p=[0.2, 0.3, 0.3, 0.2])] * random.gamma(6, 1 / 6, CUSTOMERS)
    return first, last, rate, random.choice(7, CUSTOMERS, p=WEEK / WEEK.sum())


def _opening_hours(random: Generator, count: int) -> NDArray[np.int64]:
    """Times of visits in seconds of the day, mostly before noon and after work."""
    morning = random.random(count) < 0.45
    hour = np.where(morning, random.normal(10.2, 1.3, count), random.normal(16.8, 1.4, count))
    return np.asarray(np.clip(hour * 3600, _OPENS, _CLOSES - 1).astype(np.int64))


def _basket(random: Generator, customer: NDArray[np.int64]) -> NDArray[np.float64]:
    usual = random.lognormal(2.9, 0.5, CUSTOMERS)
    return np.maximum(usual[customer] * random.lognormal(0, 0.35, len(customer)), 0.5)


def _names(customer: NDArray[np.int64]) -> pa.Array:
    names = pa.array(np.char.add("C-", np.char.zfill(np.arange(1, CUSTOMERS + 1).astype(str), 5)))
    return names.take(pa.array(customer))


def _numbers(names: pa.ChunkedArray) -> NDArray[np.int64]:
    """The numbers of customers by their names, from 0."""
    return np.asarray(pc.utf8_slice_codeunits(names, 2).cast(pa.int64())) - 1
