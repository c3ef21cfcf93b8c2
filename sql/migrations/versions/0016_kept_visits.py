"""Visits that are kept from night to night: where they are, and the digest that seals them.

Revision: 0016, after 0015.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

from sql.types import Name, UtcDateTime

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "kept_visits",
        sa.Column("part", Name, nullable=False),
        sa.Column("artifact", sa.Text(), nullable=False),
        sa.Column("sha256", Name, nullable=False),
        sa.Column("settings_sha256", Name, nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("kept_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("part", name="pk_kept_visits"),
        schema=context.config.attributes["schema"],
    )
