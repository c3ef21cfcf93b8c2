"""Statements end after their time, and the connection serves the next one."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from nightcast.errors import UsageError
from sql.connection.read_only import read_only
from sql.connection.time_limit import time_limit
from sql.engine import Database

ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
    "mysql": "SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, "
    "information_schema.columns c, information_schema.columns d",
}


def test_a_statement_ends_after_its_time(database: Database, database_kind: str) -> None:
    reading = read_only(database)
    with (
        pytest.raises(UsageError, match=r"more than 0\.2 s"),
        reading.read() as connection,
        time_limit(connection, 0.2),
    ):
        connection.execute(sa.text(ENDLESS[database_kind]))
    with reading.read() as connection, time_limit(connection, 5):
        assert connection.execute(sa.text("SELECT 1")).scalar_one() == 1
    reading.engine.dispose()


def test_other_errors_stay_what_they_are(database: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError), database.read() as connection, time_limit(connection, 5):
        connection.execute(sa.text("SELECT * FROM no_such_table"))
