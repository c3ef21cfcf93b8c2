"""Locks say in which boot and namespace their process runs, and when its heart beat by the machine's own clock.

Locks from before say neither: they are free after the time without a heartbeat.

Revision: 0011, after 0010.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the columns."""
    with op.batch_alter_table("product_lock", schema=context.config.attributes["schema"]) as table:
        table.add_column(sa.Column("pid_space", sa.Text()))
        table.add_column(sa.Column("heartbeat_uptime", sa.Double()))
