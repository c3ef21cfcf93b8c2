"""Alembic's entry point; `sql.schema` passes it an open connection in a transaction."""

from __future__ import annotations

from alembic import context

from sql.tables import VERSION_TABLE, metadata

config = context.config
context.configure(
    connection=config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    version_table_schema=config.attributes["schema"],
    transactional_ddl=True,
)
context.run_migrations()
