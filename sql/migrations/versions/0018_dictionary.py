"""What every table, view and column means.

Revision: 0018, after 0017.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

from sql.types import Name

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Create the table, which is filled when the views are created."""
    op.create_table(
        "dictionary_entry",
        sa.Column("relation", Name, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", Name, nullable=False),
        sa.Column("column_name", sa.Text()),
        sa.Column("type", sa.Text()),
        sa.Column("description", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("relation", "position", name="pk_dictionary_entry"),
        schema=context.config.attributes["schema"],
    )
