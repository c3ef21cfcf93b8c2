"""Searches for better settings: a row for each trial.

Revision: 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

from sql.types import Name, UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    schema = context.config.attributes["schema"]
    op.create_table(
        "search_trial",
        sa.Column("trial_id", Name, nullable=False),
        sa.Column("product", Name, nullable=False),
        sa.Column("shape", Name, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("tried_at", UtcDateTime(), nullable=False),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("trial_id", name="pk_search_trial"),
        schema=schema,
    )
    op.create_index("ix_search_trial_product_shape_as_of", "search_trial", ["product", "shape", "as_of"], schema=schema)
