"""Sales of products, and their promotions."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.random import Generator
from numpy.typing import NDArray

from tasks.upkeep.demo_shop.pattern import MONDAY, WEEK, day_of_year

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
STORES = {
    "market-square": ("dairy", "deli", "gifts", "kitchen"),
    "station": ("bakery", "coffee", "drinks"),
}
"""Each store with what it sells; customers visit both."""

SERIES = tuple(f"{group}/{product}" for group, products in PRODUCTS.items() for product in products)

DEAD = "drinks/cider"
"""The series that ended, `DEAD_DAYS` days before the last one."""
DEAD_DAYS = 210
NEW = "coffee/iced-latte"
"""The series that began `NEW_DAYS` days ago."""
NEW_DAYS = 21
CLOSED_ON_SUNDAYS = ("deli", "gifts")
INTERMITTENT = "kitchen"


def sales_rows(random: Generator, days: NDArray[np.int64], promoted: NDArray[np.bool_]) -> pa.Table:
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
            "store": pa.array(_stores()).take(pa.array(series)),
            "category": pa.array(_groups()).take(pa.array(series)),
        }
    )


def _demand(random: Generator, days: NDArray[np.int64], promoted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Expected sales, shape (series, days): level, trend, week, year, promotions and random days."""
    count = len(SERIES)
    level = random.lognormal(3.4, 0.6, count)
    level[_in_group(INTERMITTENT)] = random.uniform(0.15, 0.5, int(_in_group(INTERMITTENT).sum()))
    trend = 1 + random.uniform(-0.35, 0.55, count)[:, None] * np.linspace(-0.5, 0.5, len(days))
    weekly = WEEK ** random.uniform(0.4, 1.4, count)[:, None]
    week = (weekly / weekly.mean(axis=1, keepdims=True))[:, (days - MONDAY) % 7]
    peak, depth = random.integers(0, 365, count)[:, None], random.uniform(0.05, 0.4, count)[:, None]
    year = 1 + depth * np.cos(2 * np.pi * (day_of_year(days)[None, :] - peak) / 365.25)
    lift = 1 + promoted * random.uniform(0.3, 0.9, count)[:, None]
    luck = random.lognormal(-0.02, 0.2, (count, len(days)))
    return np.asarray(level[:, None] * trend * week * year * lift * luck)


def _present(random: Generator, days: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether there is a row, shape (series, days)."""
    present = random.random((len(SERIES), len(days))) > 0.005
    since = np.arange(len(days)) - random.integers(60, len(days) - 60, len(SERIES))[:, None]
    lost = (random.permutation(len(SERIES)) < 6)[:, None] & (since >= 0) & (since < 12)
    present &= ~lost
    present &= ~(np.isin(_groups(), CLOSED_ON_SUNDAYS)[:, None] & ((days - MONDAY) % 7 == 6)[None, :])
    present[SERIES.index(DEAD), -DEAD_DAYS:] = False
    present[SERIES.index(NEW), :-NEW_DAYS] = False
    return present


def promotion_days(random: Generator, count: int) -> NDArray[np.bool_]:
    """Whether a series is on promotion, in whole weeks, shape (series, days); kitchen ware never is."""
    weeks = random.random((len(SERIES), count // 7 + 1)) < 0.07
    return np.repeat(weeks & ~_in_group(INTERMITTENT)[:, None], 7, axis=1)[:, :count]


def covariate_rows(days: NDArray[np.int64], promoted: NDArray[np.bool_]) -> pa.Table:
    """Whether each series is on promotion, by day."""
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


def _stores() -> NDArray[np.str_]:
    """The store that sells each series."""
    place = {group: store for store, groups in STORES.items() for group in groups}
    return np.array([place[group] for group in _groups().tolist()])


def _in_group(group: str) -> NDArray[np.bool_]:
    return np.asarray(_groups() == group)
