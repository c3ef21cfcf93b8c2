"""The schema of our tables."""

from __future__ import annotations

from typing import Any

from sqlalchemy import MetaData, Table

SCHEMA = "nightcast"
"""The name that connections translate to the configured schema, or to none on databases without schemas."""

VERSION_TABLE = "nightcast_schema_version"
"""Alembic's table, with the revision of ours; no part of the metadata."""

RUN = "Run that the row belongs to."

metadata = MetaData(
    schema=SCHEMA,
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"},
)


def table(name: str, row: str, *columns: Any) -> Table:
    """A table of ours.

    Args:
        name: its name.
        row: one row per what.
        columns: its columns, each with a comment, and its indexes.
    """
    return Table(name, metadata, *columns, comment=f"One row per {row}.")
