"""A generated shop to try Nightcast on: visits of customers, and sales series of products.

All random numbers come from one seed, and are drawn for all customers or series at once.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.random import Generator
from numpy.typing import NDArray

from nightcast.values import to_day
from sql.engine import Database
from sql.settings import SourceName, SourceSettings
from sql.source.filling import SourceTable

CUSTOMERS = 1_500
DAYS = 730
DAYS_AHEAD = 28
"""Days ahead for which promotions are known."""

PRODUCTS = {
    "bakery": ("baguette", "brioche", "croissant", "focaccia", "rye", "sourdough", "spelt-rolls", "walnut-bread"),
    "coffee": ("beans-dark", "beans-light", "cappuccino", "espresso", "filter", "iced-latte"),
    "dairy": ("butter", "camembert", "cream", "gruyere", "milk", "yoghurt"),
    "deli": ("hummus", "olives", "pesto", "quiche", "salami", "smoked-trout"),
    "drinks": ("apple-juice", "cider", "ginger-beer", "lemonade", "mulled-wine", "sparkling-water"),
    "gifts": ("beeswax-candles", "fig-jam", "gift-basket", "truffle-oil"),
    "kitchen": ("bread-knife", "proofing-basket", "stand-mixer", "tea-towel"),
}
SERIES = tuple(f"{group}/{product}" for group, products in PRODUCTS.items() for product in products)

DEAD = "drinks/cider"
"""The series that ended, `DEAD_DAYS` days before the last one."""
DEAD_DAYS = 210
NEW = "coffee/iced-latte"
"""The series that began `NEW_DAYS` days ago."""
NEW_DAYS = 21
CLOSED_ON_SUNDAYS = ("deli", "gifts")
INTERMITTENT = "kitchen"

_WEEK = np.array([0.80, 0.78, 0.90, 1.00, 1.30, 1.60, 0.62])
"""Relative number of visits from Monday to Sunday."""
_OPENS, _CLOSES = 8 * 3600, 19 * 3600
_MONDAY = 4  # 1970-01-05


@dataclass(frozen=True)
class DemoShop:
    """The shop's tables, with the columns of the source tables.

    Attributes:
        visits: `customer_id`, `visited_at` (naive timestamps), `amount` (null where unknown).
        sales: `series_id`, `period` (date), `value`.
        covariates: `series_id`, `period`, `name` (`promotion`), `value` (0 or 1), up to `DAYS_AHEAD` days ahead.
    """

    visits: pa.Table
    sales: pa.Table
    covariates: pa.Table


def generate(through: datetime.date, seed: int) -> DemoShop:
    """The shop's last `DAYS` days.

    Args:
        through: the last day of the visits and sales.
        seed: seed of the generator; the same seed gives the same shop.
    """
    visits, series, promotions = np.random.default_rng(seed).spawn(3)
    days = np.arange(to_day(through) - DAYS + 1, to_day(through) + DAYS_AHEAD + 1)
    promoted = _promotions(promotions, len(days))
    return DemoShop(
        visits=_visits(visits, days[:DAYS]),
        sales=_sales(series, days[:DAYS], promoted[:, :DAYS]),
        covariates=_covariates(days, promoted),
    )


def write_shop(database: Database, shop: DemoShop, sources: SourceSettings) -> None:
    """Fill the source tables with the shop, in one transaction; visits are appended.

    Raises:
        InputError: if a source is a query, or its table lacks a column that the settings name.
    """
    timezone = sources.visits.timezone
    with database.write() as connection:
        for name in get_args(SourceName):
            rows: pa.Table = getattr(shop, name)
            table = SourceTable(database, connection, name, getattr(sources, name), rows.column_names, timezone)
            table.add(rows)
            table.finish()


def _visits(random: Generator, days: NDArray[np.int64]) -> pa.Table:
    """Visits at an individual rate between a first and a last day, by season and weekday."""
    first, last, rate, weekday = _customers(random)
    position = np.arange(DAYS)
    season = 1 + 0.18 * np.cos(2 * np.pi * (_day_of_year(days) - 350) / 365.25)
    habit = 1 + 2.5 * ((days - _MONDAY)[None, :] % 7 == weekday[:, None])
    chance = rate[:, None] * habit / habit.mean(axis=1, keepdims=True) * (season * _WEEK[(days - _MONDAY) % 7])[None, :]
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
    return first, last, rate, random.choice(7, CUSTOMERS, p=_WEEK / _WEEK.sum())


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


def _sales(random: Generator, days: NDArray[np.int64], promoted: NDArray[np.bool_]) -> pa.Table:
    """Sales of each series by day.

    Rows are absent on closed days, where records were lost, and where an intermittent series sold nothing.
    """
    value = random.poisson(_demand(random, days, promoted)).astype(np.float64)
    present = _present(random, days) & ~(_in_group(INTERMITTENT)[:, None] & (value == 0))
    series, at = np.nonzero(present)
    return pa.table(
        {
            "series_id": pa.array(SERIES).take(pa.array(series)),
            "period": pa.array(days[at].astype(np.int32)).cast(pa.date32()),
            "value": value[series, at],
        }
    )


def _demand(random: Generator, days: NDArray[np.int64], promoted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Expected sales, shape (series, days): level, trend, week, year, promotions and random days."""
    count = len(SERIES)
    level = random.lognormal(3.4, 0.6, count)
    level[_in_group(INTERMITTENT)] = random.uniform(0.15, 0.5, int(_in_group(INTERMITTENT).sum()))
    trend = 1 + random.uniform(-0.35, 0.55, count)[:, None] * np.linspace(-0.5, 0.5, len(days))
    weekly = _WEEK ** random.uniform(0.4, 1.4, count)[:, None]
    week = (weekly / weekly.mean(axis=1, keepdims=True))[:, (days - _MONDAY) % 7]
    peak, depth = random.integers(0, 365, count)[:, None], random.uniform(0.05, 0.4, count)[:, None]
    year = 1 + depth * np.cos(2 * np.pi * (_day_of_year(days)[None, :] - peak) / 365.25)
    lift = 1 + promoted * random.uniform(0.3, 0.9, count)[:, None]
    luck = random.lognormal(-0.02, 0.2, (count, len(days)))
    return np.asarray(level[:, None] * trend * week * year * lift * luck)


def _present(random: Generator, days: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether there is a row, shape (series, days)."""
    present = random.random((len(SERIES), len(days))) > 0.005
    since = np.arange(len(days)) - random.integers(60, len(days) - 60, len(SERIES))[:, None]
    lost = (random.permutation(len(SERIES)) < 6)[:, None] & (since >= 0) & (since < 12)
    present &= ~lost
    present &= ~(np.isin(_groups(), CLOSED_ON_SUNDAYS)[:, None] & ((days - _MONDAY) % 7 == 6)[None, :])
    present[SERIES.index(DEAD), -DEAD_DAYS:] = False
    present[SERIES.index(NEW), :-NEW_DAYS] = False
    return present


def _promotions(random: Generator, count: int) -> NDArray[np.bool_]:
    """Whether a series is on promotion, in whole weeks, shape (series, days); kitchen ware never is."""
    weeks = random.random((len(SERIES), count // 7 + 1)) < 0.07
    return np.repeat(weeks & ~_in_group(INTERMITTENT)[:, None], 7, axis=1)[:, :count]


def _covariates(days: NDArray[np.int64], promoted: NDArray[np.bool_]) -> pa.Table:
    series = np.repeat(np.arange(len(SERIES)), len(days))
    return pa.table(
        {
            "series_id": pa.array(SERIES).take(pa.array(series)),
            "period": pa.array(np.tile(days, len(SERIES)).astype(np.int32)).cast(pa.date32()),
            "name": pa.array(["promotion"]).take(pa.array(np.zeros(promoted.size, dtype=np.int64))),
            "value": promoted.ravel().astype(np.float64),
        }
    )


def _groups() -> NDArray[np.str_]:
    return np.array([name.partition("/")[0] for name in SERIES])


def _in_group(group: str) -> NDArray[np.bool_]:
    return np.asarray(_groups() == group)


def _day_of_year(days: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(pc.day_of_year(pa.array(days.astype(np.int32)).cast(pa.date32())))
