"""Withdrawing a published run: readers see the one before."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nightcast.values import Product
from sql.engine import Database
from sql.tables import forecast_run, model_version


@dataclass(frozen=True)
class PublishedRun:
    """A published run.

    Attributes:
        model_version: the version that forecast; None for a baseline that is not stored.
        retrained: whether it was trained by this run.
    """

    run_id: str
    product: Product
    as_of: datetime.date
    model_version: str | None
    retrained: bool | None


def published_runs(database: Database, run: str | datetime.date) -> list[PublishedRun]:
    """The published run with this ID, or the published runs of this as-of: at most one of each product."""
    table = forecast_run.c
    chosen = table.as_of == run if isinstance(run, datetime.date) else table.run_id == run
    columns = [table[name] for name in PublishedRun.__dataclass_fields__]
    query = sa.select(*columns).where(chosen, table.status == "published").order_by(table.product)
    with database.read() as connection:
        rows = connection.execute(query).mappings().all()
    return [PublishedRun(**{**row, "product": Product(row["product"])}) for row in rows]


def withdraw(database: Database, run: PublishedRun) -> str | None:
    """Withdraw a run in one transaction; its rows stay until `nightcast prune` removes them.

    If it trained the champion, that version is rejected, and the newest one that served before is champion again.

    Returns:
        The rejected version, if there is one.
    """
    with database.write() as connection:
        mine = (forecast_run.c.run_id == run.run_id) & (forecast_run.c.status == "published")
        connection.execute(sa.update(forecast_run).where(mine).values(status="withdrawn"))
        if run.retrained and run.model_version and _is_champion(connection, run.model_version):
            _step_back(connection, run.product, run.model_version)
            return run.model_version
    return None


def readers_see(database: Database, product: Product) -> datetime.date | None:
    """The as-of of the run that the views show; None without one."""
    view = sa.table("latest_run", sa.column("product"), sa.column("as_of", sa.Date), schema=database.schema)
    return database.value(sa.select(view.c.as_of).where(view.c.product == product))


def _is_champion(connection: Connection, version: str) -> bool:
    table = model_version.c
    champion = sa.exists().where(table.model_version == version, table.status == "champion")
    return bool(connection.execute(sa.select(champion)).scalar_one())


def _step_back(connection: Connection, product: Product, version: str) -> None:
    table = model_version.c
    before = (
        sa.select(table.model_version)
        .where(table.product == product, table.status == "retired", table.artifact.is_not(None))
        .order_by(table.as_of.desc(), table.trained_at.desc())
        .limit(1)
    )
    connection.execute(sa.update(model_version).where(table.model_version == version).values(status="rejected"))
    successor = connection.execute(before).scalar_one_or_none()
    if successor is not None:
        connection.execute(sa.update(model_version).where(table.model_version == successor).values(status="champion"))
