"""How many rows of a loaded file were in the table before.

Revision: 0009, after 0008.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column; of former loads nobody counted them."""
    schema = context.config.attributes["schema"]
    with op.batch_alter_table("source_load", schema=schema) as table:
        table.add_column(sa.Column("rows_known", sa.BigInteger(), nullable=False, server_default="0"))
    with op.batch_alter_table("source_load", schema=schema) as table:  # SQLite copies the rows: the default is needed
        table.alter_column("rows_known", existing_type=sa.BigInteger(), existing_nullable=False, server_default=None)
