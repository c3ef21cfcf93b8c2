"""Many nights of a million customers in the database, as after two months of use."""

from __future__ import annotations

import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL

from benchmarks import console_script
from benchmarks.scale.shop import administered
from nightcast.values import Product
from sql.engine import Database, open_database
from sql.settings import DatabaseSettings
from sql.tables import forecast_run, next_visit_day, next_visit_stored, visit_bin
from sql.views.definitions import READERS_VIEWS

LARGEST = "next_visit_stored"


def add_nights(url: URL, nights: int) -> None:
    """Copy the newest published night of next visits to so many earlier as-ofs."""
    database = _database(url)
    run = forecast_run.c
    newest = sa.select(forecast_run).where(run.product == Product.NEXT_VISIT, run.status == "published")
    (last,) = database.rows(newest.order_by(run.as_of.desc()).limit(1))
    first = 1 + int(database.value(sa.select(sa.func.max(run.run_number)).where(run.product == last.product)) or 0)
    for number in range(nights):
        as_of = last.as_of - datetime.timedelta(days=number + 10)  # before all nights of the benchmark
        copied = {"run_id": f"copy-{number}", "run_number": first + number}
        with database.write() as connection:
            connection.execute(sa.insert(forecast_run).values({**last._mapping, **copied, "as_of": as_of}))
            for table in (visit_bin, next_visit_day, next_visit_stored):
                connection.execute(_copy(table, last, copied))
    with administered(url) as connection:
        connection.exec_driver_sql(f"VACUUM ANALYZE nightcast.{LARGEST}")


def scanning_views(url: URL) -> list[str]:
    """The views for readers whose plan reads all rows of all nights of next visits, on PostgreSQL."""
    return [view for view in READERS_VIEWS if f"Seq Scan on {LARGEST}" in _plan(url, view)]


def _plan(url: URL, view: str) -> str:
    with console_script.reader(url).connect() as connection:
        return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN SELECT * FROM {view}"))  # noqa: S608 - our own names


def _copy(table: sa.Table, last: sa.Row[Any], copied: dict[str, Any]) -> sa.Insert:
    (key,) = copied.keys() & {column.name for column in table.columns}
    columns = [sa.literal(copied[key]).label(key) if column.name == key else column for column in table.columns]
    mine = table.c[key] == last._mapping[key]
    return sa.insert(table).from_select([column.name for column in table.columns], sa.select(*columns).where(mine))


def _database(url: URL) -> Database:
    return open_database(DatabaseSettings.model_validate({"url": url.render_as_string(hide_password=False)}))
