"""Loaded files in the ledger."""

from __future__ import annotations

import datetime

import sqlalchemy as sa

from nightcast.rejections import Rejections
from sql.engine import Database
from sql.ledger.loads import last_load, record_load
from sql.tables import rejected_row, source_load


def test_a_load_is_recorded_and_found_by_its_bytes(database: Database) -> None:
    now = datetime.datetime(2024, 5, 1, 12, 30, tzinfo=datetime.UTC)
    rejections = Rejections()
    rejections.add("sales", "value is not a number up to 1e15", 2, "line 3")
    columns = {
        "load_id": "1",
        "source": "sales",
        "file_name": "f.csv",
        "sha256": "abc",
        "rows": 5,
        "rows_known": 0,
        "loaded_at": now,
    }
    with database.write() as connection:
        assert last_load(connection, "sales", "abc") is None
        record_load(connection, rejections, **columns)
    with database.write() as connection:
        assert last_load(connection, "sales", "abc") == now
        assert last_load(connection, "visits", "abc") is None
        assert last_load(connection, "sales", "abd") is None
        assert connection.execute(sa.select(source_load.c.rows, source_load.c.rows_rejected)).one() == (5, 2)
        assert connection.execute(sa.select(rejected_row.c.load_id, rejected_row.c.rows)).one() == ("1", 2)
