"""The generated shop that the recorded night forecasts: always the same size, seed and as-of."""

from __future__ import annotations

import datetime
from dataclasses import replace
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.common.arrays import Floats, Integers
from nightcast.values import to_day
from tasks.upkeep.demo_shop.shop import DemoShop, generate

AS_OF = datetime.date(2026, 1, 15)
CUSTOMERS = 300
SEED = 7

Rows = tuple[Integers, Integers, Floats]
"""For each row a code, a day since 1970-01-01 and a value."""


@cache
def shop() -> DemoShop:
    """The shop through the day before the as-of, with the visits of its first customers only."""
    whole = generate(AS_OF - datetime.timedelta(days=1), SEED)
    few = pc.less_equal(whole.visits["customer_id"], f"C-{CUSTOMERS:05d}")
    return replace(whole, visits=whole.visits.filter(few))


def as_of_day() -> int:
    """The as-of in days since 1970-01-01."""
    return int(to_day(AS_OF))


def visit_rows() -> Rows:
    """Customer, day and amount of each visit; NaN for unknown amounts."""
    visits = shop().visits
    days = visits["visited_at"].cast(pa.timestamp("s")).cast(pa.int64()).to_numpy() // 86_400
    return _codes(visits["customer_id"]), days, visits["amount"].fill_null(np.nan).to_numpy()


def sales_rows() -> Rows:
    """Series, day and value of each sale."""
    sales = shop().sales
    return _codes(sales["series_id"]), _days(sales["period"]), sales["value"].to_numpy()


def promotion_rows() -> Rows:
    """Series, day and value, 0 or 1, of each row of the promotions; the series are those of the sales."""
    rows = shop().covariates
    series = pc.index_in(rows["series_id"], value_set=_names(shop().sales["series_id"]))
    return series.cast(pa.int64()).to_numpy(), _days(rows["period"]), rows["value"].to_numpy()


def _names(ids: pa.ChunkedArray) -> pa.Array:
    names = pc.unique(ids)
    return names.take(pc.sort_indices(names))


def _codes(ids: pa.ChunkedArray) -> Integers:
    codes: Integers = pc.index_in(ids, value_set=_names(ids)).cast(pa.int64()).to_numpy()
    return codes


def _days(periods: pa.ChunkedArray) -> Integers:
    days: Integers = periods.cast(pa.int32()).cast(pa.int64()).to_numpy()
    return days
