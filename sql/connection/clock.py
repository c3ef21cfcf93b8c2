"""The clock of the database, by which the heartbeats of all hosts are compared."""

from __future__ import annotations

import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

_STATEMENTS = {
    "postgresql": "SELECT clock_timestamp()",  # CURRENT_TIMESTAMP stands still within a transaction that waits
    "mysql": "SELECT UTC_TIMESTAMP(6)",
    "mariadb": "SELECT UTC_TIMESTAMP(6)",
}


def clock(connection: Connection) -> datetime.datetime:
    """The server's time, aware; this machine's for databases without a server."""
    statement = _STATEMENTS.get(connection.dialect.name)
    if statement is None:
        return datetime.datetime.now(datetime.UTC)
    now: datetime.datetime = connection.execute(sa.text(statement)).scalar_one()
    return now.replace(tzinfo=datetime.UTC) if now.tzinfo is None else now.astimezone(datetime.UTC)
