"""The values that came, of periods that were forecast."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from numpy.typing import NDArray

from nightcast.values import Product
from sql.engine import Database
from sql.source.lookup import SourceRelation
from sql.source.reading import WantedColumn, read_batches
from sql.tables import forecast_run
from sql.writing import append

BATCH_ROWS = 50_000
"""Rows written in one transaction, which takes about a second."""

Spans = list[tuple[datetime.date, datetime.date]]
"""First and last period, as the source labels them."""


def forecast_spans(database: Database, product: Product, forecasts: sa.Table) -> Spans:
    """The periods of each published run whose rows are still there.

    Args:
        database: where the runs are.
        product: their product.
        forecasts: the table of its forecasts by series and step.
    """
    # One series is enough, since every series has all steps; the primary key finds it at once.
    run, row, other = forecast_run.c, forecasts.c, forecasts.alias()
    first_series = sa.select(sa.func.min(other.c.series_id)).where(other.c.run_id == run.run_id)
    mine = (row.run_id == run.run_id) & (row.series_id == first_series.correlate(forecast_run).scalar_subquery())
    ends = [
        sa.select(end(row.period)).where(mine).correlate(forecast_run).scalar_subquery()
        for end in (sa.func.min, sa.func.max)
    ]
    query = sa.select(*ends).where(run.product == product, run.status == "published")
    return [(first, last) for first, last in database.rows(query) if first is not None]


StoredValues = tuple[pa.Array, NDArray[np.int32], NDArray[np.float64]]
"""Series as text, periods in days since 1970-01-01, and values, NaN where unknown."""


def stored_actuals(database: Database, actuals: sa.Table, since: datetime.date) -> Iterator[StoredValues]:
    """The stored values of periods from `since` on, in batches and in any order."""
    plain = sa.table(actuals.name, *(sa.column(name) for name in ("series_id", "value")), schema=database.schema)
    period: sa.Column[datetime.date] = sa.Column("period", sa.Date)
    plain.append_column(period)
    rows = sa.select(plain.c.series_id, plain.c.period, plain.c.value).where(period >= since).subquery("actuals")
    source = SourceRelation(actuals.name, rows, {"series_id": "text", "period": "date", "value": "float8"})
    wanted = [
        WantedColumn("series_id", "identifier"),
        WantedColumn("period", "moment"),
        WantedColumn("value", "number"),
    ]
    for series, periods, values in read_batches(database, source, wanted):
        days = periods.cast(pa.date32()).cast(pa.int32())
        yield series.cast(pa.string()), np.asarray(days), np.asarray(values.cast(pa.float64()), np.float64)


def add_actuals(database: Database, actuals: sa.Table, rows: pa.Table, seen_at: datetime.datetime) -> None:
    """Append values that were not there before, in batches.

    Args:
        database: where the table is.
        actuals: the table.
        rows: the columns ``series_id``, ``period`` (date32) and ``value``.
        seen_at: the clock, aware.
    """
    moment = pa.scalar(seen_at.astimezone(datetime.UTC).replace(tzinfo=None), pa.timestamp("us"))
    for start in range(0, rows.num_rows, BATCH_ROWS):
        batch = rows.slice(start, BATCH_ROWS)
        seen = pa.repeat(moment, batch.num_rows)
        with database.write() as connection:
            append(connection, actuals, batch.append_column("first_seen_at", seen))


def change_actuals(database: Database, actuals: sa.Table, rows: pa.Table, seen_at: datetime.datetime) -> None:
    """Change stored values, in batches; as `add_actuals`, with null for a value that is no longer known."""
    key = actuals.c
    change = (
        sa.update(actuals)
        .where(key.series_id == sa.bindparam("series"), key.period == sa.bindparam("of_period"))
        .values(value=sa.bindparam("new_value"), changed_at=seen_at)
    )
    for start in range(0, rows.num_rows, BATCH_ROWS):
        batch = rows.slice(start, BATCH_ROWS).rename_columns(["series", "of_period", "new_value"])
        with database.write() as connection:
            connection.execute(change, batch.to_pylist())


def remove_actuals(database: Database, actuals: sa.Table, before: datetime.date) -> None:
    """Remove the values of earlier periods."""
    with database.write() as connection:
        connection.execute(sa.delete(actuals).where(actuals.c.period < before))
