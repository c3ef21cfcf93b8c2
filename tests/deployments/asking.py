"""Asking a database, as somebody does who reads the views."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from sql.engine import Database


def answer(database: Database, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query on our views, without their schema."""
    with database.read() as connection:
        if database.schema:
            connection.execute(sa.text(f"SET search_path TO {database.schema}, public"))
        return [tuple(row) for row in connection.exec_driver_sql(query, execution_options={"no_parameters": True})]
