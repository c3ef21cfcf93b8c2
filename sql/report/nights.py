"""The runs that readers see, and what became of the newest ones."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import sqlalchemy as sa

from nightcast.values import Product
from sql.engine import Database
from sql.tables import SCHEMA, forecast_run

_latest_run = sa.Table("latest_run", sa.MetaData(schema=SCHEMA), sa.Column("run_id", sa.Text))


@dataclass(frozen=True)
class ShownRun:
    """The published run of a product that readers see; attributes as the columns of `forecast_run`."""

    run_id: str
    run_number: int | None
    product: Product
    as_of: datetime.date
    published_at: datetime.datetime
    data_through: datetime.date | None
    served: str | None
    model_version: str | None
    decision: str | None
    notes: str | None
    subjects: int | None
    rows_rejected: int | None


@dataclass(frozen=True)
class NewestRun:
    """The run of a product with the greatest as-of, whatever became of it; attributes as in `forecast_run`."""

    product: Product
    status: str
    as_of: datetime.date
    started_at: datetime.datetime
    error: str | None


def shown_runs(database: Database) -> dict[Product, ShownRun]:
    """The runs that readers see, by product; a product that was never published is missing."""
    run = forecast_run.c
    columns = [run[name] for name in ShownRun.__dataclass_fields__]
    query = sa.select(*columns).join(_latest_run, _latest_run.c.run_id == run.run_id).order_by(run.product)
    return {
        Product(row.product): ShownRun(**row._asdict() | {"product": Product(row.product)})
        for row in database.rows(query)
    }


def newest_runs(database: Database) -> dict[Product, NewestRun]:
    """The run with the greatest as-of of each product that ever ran, the one that started last on a tie."""
    run = forecast_run.c
    order = (run.as_of.desc(), run.started_at.desc(), run.run_id.desc())
    place = sa.func.row_number().over(partition_by=run.product, order_by=order).label("place")
    ranked = sa.select(run.product, run.status, run.as_of, run.started_at, run.error, place).subquery()
    query = sa.select(*(ranked.c[name] for name in NewestRun.__dataclass_fields__)).where(ranked.c.place == 1)
    return {
        Product(row.product): NewestRun(**row._asdict() | {"product": Product(row.product)})
        for row in database.rows(query)
    }
