"""Identifiers that differ only by final spaces, apart on MySQL and MariaDB, too.

Revision: 0008, after 0007.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

from sql.types import Identifier

revision = "0008"
down_revision = "0007"

_TABLES = (
    "evaluation",
    "forecast_run",
    "model_version",
    "next_visit",
    "next_visit_bin",
    "sales_forecast",
    "series_status",
    "study",
    "study_score",
)


def upgrade() -> None:
    """Give the columns of identifiers their present collation; other databases distinguish all texts anyway."""
    connection = op.get_bind()
    if connection.dialect.name not in ("mysql", "mariadb"):
        return
    columns = sa.table(
        "columns",
        *map(sa.column, ("table_schema", "table_name", "column_name", "data_type", "collation_name", "is_nullable")),
        schema="information_schema",
    )
    former = (
        sa.select(columns.c.table_name, columns.c.column_name, columns.c.is_nullable)
        .where(columns.c.table_schema == sa.func.database(), columns.c.table_name.in_(_TABLES))
        .where(columns.c.collation_name == "utf8mb4_bin", columns.c.data_type == "varchar")  # not the JSON of MariaDB
    )
    for table, column, nullable in connection.execute(former).all():
        op.alter_column(
            table,
            column,
            type_=Identifier,
            existing_nullable=nullable == "YES",
            schema=context.config.attributes["schema"],
        )
