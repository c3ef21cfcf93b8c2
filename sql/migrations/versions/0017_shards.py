"""Shards of runs that several processes share.

Revision: 0017, after 0016.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

from sql.types import Identifier, Name, UtcDateTime

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "run_shard",
        sa.Column("run_id", Name, nullable=False),
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_hash", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.Integer(), nullable=False),
        sa.Column("artifact", Identifier, nullable=False),
        sa.Column("sha256", Name, nullable=False),
        sa.Column("status", Name, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("host", sa.Text()),
        sa.Column("pid", sa.Integer()),
        sa.Column("pid_space", sa.Text()),
        sa.Column("process_started_at", sa.Double()),
        sa.Column("leased_until", UtcDateTime()),
        sa.Column("leased_at", UtcDateTime()),
        sa.Column("finished_at", UtcDateTime()),
        sa.Column("rows_written", sa.BigInteger()),
        sa.Column("outcome", sa.JSON()),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("run_id", "shard", name="pk_run_shard"),
        schema=context.config.attributes["schema"],
    )
