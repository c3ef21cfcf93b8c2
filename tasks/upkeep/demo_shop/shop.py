"""The whole shop, and its tables in a database.

All random numbers come from one seed, and are drawn for all customers or series at once.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
import pyarrow as pa

from nightcast.values import to_day
from sql.engine import Database
from sql.filling.columns import GROUP
from sql.filling.fill import SourceTable
from sql.settings import Source, SourceName, SourceSettings
from tasks.upkeep.demo_shop.pattern import DAYS
from tasks.upkeep.demo_shop.sales import DAYS_AHEAD, covariate_rows, promotion_days, sales_rows
from tasks.upkeep.demo_shop.visits import booking_rows, visit_rows, with_stores


@dataclass(frozen=True)
class DemoShop:
    """The shop's tables, with the columns of the source tables.

    Attributes:
        visits: `customer_id`, `visited_at` (naive timestamps), `amount` (null where unknown), `store`.
        sales: `series_id`, `period` (date), `value`, `store`, `category`.
        covariates: `series_id`, `period`, `name` (`promotion`), `value` (0 or 1), up to `DAYS_AHEAD` days ahead.
        bookings: the columns of `visits`, up to `BOOKING_DAYS` days ahead, without amounts.
    """

    visits: pa.Table
    sales: pa.Table
    covariates: pa.Table
    bookings: pa.Table


def generate(through: datetime.date, seed: int) -> DemoShop:
    """The shop's last `DAYS` days.

    Args:
        through: the last day of the visits and sales.
        seed: seed of the generator; the same seed gives the same shop.
    """
    visits, series, promotions, stores, bookings = np.random.default_rng(seed).spawn(5)
    days = np.arange(to_day(through) - DAYS + 1, to_day(through) + DAYS_AHEAD + 1)
    promoted = promotion_days(promotions, len(days))
    made = with_stores(stores, visit_rows(visits, days[:DAYS]))
    return DemoShop(
        visits=made,
        sales=sales_rows(series, days[:DAYS], promoted[:, :DAYS]),
        covariates=covariate_rows(days, promoted),
        bookings=booking_rows(bookings, made, days[DAYS:]),
    )


def write_shop(database: Database, shop: DemoShop, sources: SourceSettings) -> None:
    """Fill the source tables with the shop, in one transaction; visits are appended, bookings only where they count.

    Raises:
        InputError: if a source is a query, or its table lacks a column that the settings name.
    """
    timezone, made = sources.visits.timezone, shop
    if sources.visits.future == "known":
        made = replace(shop, visits=pa.concat_tables([shop.visits, shop.bookings]))
    with database.write() as connection:
        for name in get_args(SourceName):
            rows, source = _named(getattr(made, name), getattr(sources, name)), getattr(sources, name)
            table = SourceTable(database, connection, name, source, rows.column_names, timezone)
            table.add(rows)
            table.finish()


def _named(rows: pa.Table, source: Source) -> pa.Table:
    """The rows by our names of columns: those that the source does not know are groups."""
    known = type(source.columns).model_fields
    return rows.rename_columns([name if name in known else GROUP + name for name in rows.column_names])
