"""Studies: a row for each, and one for each score of each repeat.

Revision: 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

from sql.types import Identifier, Name, UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables."""
    schema = context.config.attributes["schema"]
    op.create_table(
        "study",
        sa.Column("study_id", Name, nullable=False),
        sa.Column("name", Identifier, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", Name, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("sha256", Name, nullable=False),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("study_id", name="pk_study"),
        schema=schema,
    )
    op.create_index("ix_study_name_started_at", "study", ["name", "started_at"], schema=schema)
    op.create_table(
        "study_score",
        sa.Column("study_id", Name, nullable=False),
        sa.Column("configuration", Identifier, nullable=False),
        sa.Column("metric", Identifier, nullable=False),
        sa.Column("repeat", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Double()),
        sa.PrimaryKeyConstraint("study_id", "configuration", "metric", "repeat", name="pk_study_score"),
        schema=schema,
    )
