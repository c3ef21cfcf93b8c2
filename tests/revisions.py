"""Databases as earlier revisions of the program have left them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic import command

import sql.schema
from sql.engine import Database

OLD_VIEWS = (
    """CREATE VIEW latest_run AS
    SELECT run_id, product, as_of, published_at FROM forecast_run WHERE status = 'published'""",
    """CREATE VIEW latest_next_visit AS
    SELECT forecast.customer_id, forecast.median_days FROM latest_run AS latest
    INNER JOIN next_visit AS forecast ON forecast.run_id = latest.run_id""",
)


def published_at_0004(database: Database) -> None:
    """Fill an empty database with tables of revision 0004, and what was published with it."""
    migrate_to(database, "0004")
    statements = (Path(__file__).parent / "revision_0004.sql").read_text(encoding="utf-8").split(";\n")
    with database.write() as connection:
        dialect = connection.dialect.name
        if dialect == "postgresql":
            connection.exec_driver_sql(f'SET LOCAL search_path TO "{database.schema}"')
            connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
        if dialect in ("mysql", "mariadb"):
            connection.exec_driver_sql("SET @before = @@sql_mode")
            connection.exec_driver_sql("SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')")
        for statement in (*OLD_VIEWS, *statements):
            if statement.strip():
                connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
        if dialect in ("mysql", "mariadb"):
            connection.exec_driver_sql("SET SESSION sql_mode = @before")


def migrate_to(database: Database, revision: str) -> None:
    """Bring the tables to an earlier revision, without views."""
    upgrade = command.upgrade

    def up_to(config: Any, _head: str) -> None:
        upgrade(config, revision)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "upgrade", up_to)
        patch.setattr(sql.schema, "_create_views", lambda _: None)  # those of today need the columns of today
        patch.setattr(sql.schema, "_explain", lambda *_: None)  # the dictionary is of today
        patch.setattr(sql.schema, "_note_views", lambda *_: None)  # nowhere to note them
        sql.schema.migrate(database)
