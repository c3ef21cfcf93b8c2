"""What was loaded when: the rows of `source_load`."""

from __future__ import annotations

import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nightcast.rejections import Rejections
from sql.ledger import runs as ledger
from sql.source.filling import Kind
from sql.tables import source_load
from sql.writing import qualified_name


def find_load(connection: Connection, kind: Kind, sha256: str) -> datetime.datetime | None:
    """When a file with these bytes was last loaded into the source, None if never.

    From here to the end of the transaction no other load can record itself.
    """
    if connection.dialect.name == "postgresql":
        table = qualified_name(connection, source_load)
        connection.exec_driver_sql(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
    same = (source_load.c.source == kind) & (source_load.c.sha256 == sha256)
    loaded_at: datetime.datetime | None = connection.execute(
        sa.select(sa.func.max(source_load.c.loaded_at)).where(same)
    ).scalar_one()
    return loaded_at


def record_load(connection: Connection, rejections: Rejections, **columns: Any) -> None:
    """Write the load, given by the columns of `source_load`, and the tally of what it rejected."""
    connection.execute(sa.insert(source_load).values(rows_rejected=rejections.rows, **columns))
    ledger.record_rejections(connection, rejections, load_id=columns["load_id"])
