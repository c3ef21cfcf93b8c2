"""Beside the revision of the tables, a digest of the views that were created last.

Revision: 0009, after 0008.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column to Alembic's own table, which has one row."""
    column = sa.Column("views_sha256", sa.String(64))
    op.add_column("nightcast_schema_version", column, schema=context.config.attributes["schema"])
