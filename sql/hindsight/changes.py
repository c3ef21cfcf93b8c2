"""Why a forecast differs from the one before: what both expected, and the stored parts of the change."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nightcast.values import Product
from sql.engine import Database
from sql.tables import (
    BIN_COLUMNS,
    FORECAST_TABLES,
    forecast_change,
    forecast_run,
    next_visit_stored,
    visit_bin,
)
from sql.tables.of_runs import is_of_ledger_row, is_of_run


@dataclass(frozen=True)
class PublishedRun:
    """A published run, and the model that forecast it: a stored version, or a recipe that is not stored."""

    run_id: str
    as_of: datetime.date
    model_version: str | None
    served: str | None


def run_before(database: Database, product: Product, as_of: datetime.date) -> PublishedRun | None:
    """The published run of the newest earlier as-of whose rows are still there; None without one."""
    run, forecasts = forecast_run.c, FORECAST_TABLES[product][0]
    query = (
        sa.select(run.run_id, run.as_of, run.model_version, run.served)
        .where(run.product == product, run.status == "published", run.as_of < as_of, run.as_of <= run.begun_on)
        .where(sa.exists().where(is_of_ledger_row(forecasts)))
        .order_by(run.as_of.desc())
        .limit(1)
    )
    rows = database.rows(query)
    return PublishedRun(*rows[0]) if rows else None


def expected_by_bin(database: Database, run_id: str) -> list[tuple[datetime.date, datetime.date, float]]:
    """The first day, the last day and the expected customers of each bin but ``later``, in order."""
    bins = visit_bin.c
    dated = sa.select(bins.from_date, bins.to_date).where(bins.run_id == run_id, bins.to_date.is_not(None))
    dates = database.rows(dated.order_by(bins.bin))
    sums = sa.select(*(sa.func.sum(next_visit_stored.c[name]) for name in BIN_COLUMNS[: len(dates)]))
    [expected] = database.rows(sums.where(is_of_run(next_visit_stored, run_id)))
    return [(first, last, total) for (first, last), total in zip(dates, expected, strict=True)]


def expected_by_period(
    database: Database, forecasts: sa.Table, run_id: str, series: str | None
) -> Sequence[sa.Row[Any]]:
    """The label and the sum of the means of each period, in order.

    Args:
        database: where the run is.
        forecasts: the table of its forecasts.
        run_id: the run.
        series: the only series that counts; None: all.
    """
    row = forecasts.c
    query = sa.select(row.period, sa.func.sum(row.mean)).where(row.run_id == run_id)
    if series is not None:
        query = query.where(row.series_id == series)
    return database.rows(query.group_by(row.period).order_by(row.period))


def write_changes(database: Database, run_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """Store the changes of a run, in place of those of an earlier try; columns as in the table."""
    with database.write() as connection:
        connection.execute(sa.delete(forecast_change).where(forecast_change.c.run_id == run_id))
        connection.execute(sa.insert(forecast_change), list(rows))
