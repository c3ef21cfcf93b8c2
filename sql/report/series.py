"""Series of a run: totals, groups, the largest series, those that changed most, their steps and what came before."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nightcast.values import WHOLE, Product
from sql.engine import Database
from sql.report.nights import ShownRun
from sql.tables import (
    sales_actual,
    sales_forecast,
    sales_total,
    series_status,
    visit_count_actual,
    visit_count_forecast,
    visit_count_total,
)

MOST_IN_TOTAL = 1_000
"""What came before is added up over no more series than this: more would be a reading of all history."""

Rows = Sequence[sa.Row[Any]]


@dataclass(frozen=True)
class Tables:
    """The tables of a product."""

    forecasts: sa.Table
    totals: sa.Table
    actuals: sa.Table


TABLES = {
    Product.SALES: Tables(sales_forecast, sales_total, sales_actual),
    Product.VISIT_COUNTS: Tables(visit_count_forecast, visit_count_total, visit_count_actual),
}


def totals(database: Database, run: ShownRun) -> Rows:
    """The totals of all series: `span`, `from_period`, `to_period`, `is_whole`, `mean`, `q10`, `q90`."""
    total = TABLES[run.product].totals.c
    query = sa.select(total.span, total.from_period, total.to_period, total.is_whole, total.mean, total.q10, total.q90)
    return database.rows(query.where(total.run_id == run.run_id, total.level == WHOLE).order_by(total.from_period))


def groups(database: Database, run: ShownRun, limit: int) -> Rows:
    """The totals over the horizon of each group, the largest first: `level`, `group_value`, `mean`, `q10`, `q90`."""
    total = TABLES[run.product].totals.c
    query = sa.select(total.level, total.group_value, total.mean, total.q10, total.q90)
    query = query.where(total.run_id == run.run_id, total.span == "horizon", total.level != WHOLE)
    # Two ranges of the key instead of "not equal": there are thousands of rows between them.
    sides = [query.where(total.level < "series"), query.where(total.level > "series")]
    both = sa.union_all(*sides).subquery()
    return database.rows(sa.select(both).order_by(both.c.mean.desc(), both.c.level, both.c.group_value).limit(limit))


def largest(database: Database, run: ShownRun, limit: int) -> Rows:
    """The series with the largest totals over the horizon: `series_id`, `mean`, `q10`, `q90`."""
    total = TABLES[run.product].totals.c
    query = sa.select(total.group_value.label("series_id"), total.mean, total.q10, total.q90)
    query = query.where(total.run_id == run.run_id, total.level == "series", total.span == "horizon")
    return database.rows(query.order_by(total.mean.desc(), total.group_value).limit(limit))


def changed(database: Database, run: ShownRun, before: str, limit: int) -> Rows:
    """The series that changed most since an earlier run: `series_id`, `previous`, `present`, `from_period`.

    Only the first calendar week is compared that both runs forecast whole; nothing where there is none.
    """
    new, old = TABLES[run.product].totals.alias("new").c, TABLES[run.product].totals.alias("old").c
    week = _first_common_week(database, run, before)
    if week is None:
        return []
    query = sa.select(new.group_value.label("series_id"), old.mean.label("previous"), new.mean.label("present"))
    query = query.add_columns(new.from_period, new.to_period)
    same = (old.run_id == before) & (old.level == new.level) & (old.group_value == new.group_value)
    same &= (old.span == new.span) & (old.from_period == new.from_period)
    query = query.where(
        same, new.run_id == run.run_id, new.level == "series", new.span == "week", new.from_period == week
    )
    return database.rows(query.order_by(sa.func.abs(new.mean - old.mean).desc(), new.group_value).limit(limit))


def _first_common_week(database: Database, run: ShownRun, before: str) -> datetime.date | None:
    total = TABLES[run.product].totals.c
    whole = (total.level == WHOLE) & (total.span == "week") & total.is_whole
    both = sa.select(total.from_period).where(total.run_id.in_([run.run_id, before]), whole)
    query = both.group_by(total.from_period).having(sa.func.count() == 2).order_by(total.from_period).limit(1)
    return database.value(query)


def steps(database: Database, run: ShownRun, series: Sequence[str]) -> Rows:
    """Every step of some series: `series_id`, `period`, `mean`, `q10`, `q90`, and `year_ago` where it is known."""
    row = TABLES[run.product].forecasts.c
    year_ago = row.year_ago if "year_ago" in row else sa.null().label("year_ago")
    query = sa.select(row.series_id, row.period, row.mean, row.q10, row.q90, year_ago)
    return database.rows(
        query.where(row.run_id == run.run_id, row.series_id.in_(series)).order_by(row.series_id, row.step)
    )


def came(database: Database, run: ShownRun, series: Sequence[str], since: datetime.date) -> Rows:
    """What came before: `series_id`, `period` and `value` of some series since a day."""
    row = TABLES[run.product].actuals.c
    query = sa.select(row.series_id, row.period, row.value).where(row.series_id.in_(series), row.period >= since)
    return database.rows(query.where(row.period < run.as_of).order_by(row.series_id, row.period))


def came_in_total(database: Database, run: ShownRun, since: datetime.date) -> Rows:
    """The `period` and the sum `value` of all series since a day; nothing where there are too many series."""
    if (run.subjects or 0) > MOST_IN_TOTAL:
        return []
    row = TABLES[run.product].actuals.c
    query = sa.select(row.period, sa.func.sum(row.value).label("value"), sa.func.count().label("series"))
    return database.rows(
        query.where(row.period >= since, row.period < run.as_of).group_by(row.period).order_by(row.period)
    )


def statuses(database: Database, run: ShownRun) -> dict[str, int]:
    """The number of series of each status."""
    row = series_status.c
    query = sa.select(row.status, sa.func.count()).where(row.run_id == run.run_id).group_by(row.status)
    return {one[0]: one[1] for one in database.rows(query)}
