"""Loaded files: the rows of `source_load`."""

from __future__ import annotations

import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nightcast.rejections import Rejections
from sql.engine import Database
from sql.ledger.runs import record_rejections
from sql.settings import SourceName
from sql.tables import source_load
from sql.writing import qualified_name


def last_load(connection: Connection, source_name: SourceName, sha256: str) -> datetime.datetime | None:
    """When a file with these bytes was last loaded into the source, None if never.

    Until the end of the transaction no other load can be recorded.
    """
    if connection.dialect.name == "postgresql":
        table = qualified_name(connection, source_load)
        connection.exec_driver_sql(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
    same = (source_load.c.source == source_name) & (source_load.c.sha256 == sha256)
    loaded_at: datetime.datetime | None = connection.execute(
        sa.select(sa.func.max(source_load.c.loaded_at)).where(same)
    ).scalar_one()
    return loaded_at


def record_load(connection: Connection, rejections: Rejections, **columns: Any) -> None:
    """Add a load, given by the columns of `source_load`, and its rejected rows."""
    connection.execute(sa.insert(source_load).values(rows_rejected=rejections.rows, **columns))
    record_rejections(connection, rejections, load_id=columns["load_id"])


def loads_of_visits(database: Database) -> list[tuple[str, int]]:
    """The loaded files of visits, each once, with the greatest number of rows that a load of it rejected."""
    table = source_load.c
    query = (
        sa.select(table.file_name, sa.func.max(table.rows_rejected))
        .where(table.source == "visits")
        .group_by(table.file_name)
        .order_by(table.file_name)
    )
    return [(name, rejected) for name, rejected in database.rows(query)]
