"""Scores by week: the week of each score's as-of.

Revision: 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column."""
    schema = context.config.attributes["schema"]
    op.add_column("forecast_score", sa.Column("week", sa.Date()), schema=schema)
