"""Beside the revision of the tables, a digest of the views that were created last.

Revision: 0012, after 0011.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column to Alembic's own table, which has one row."""
    column = sa.Column("views_sha256", sa.String(64))
    op.add_column("nightcast_schema_version", column, schema=context.config.attributes["schema"])
