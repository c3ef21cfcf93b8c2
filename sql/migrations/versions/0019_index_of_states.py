"""An index of the states of customers: the report counts those of each, and lists those who are lapsing.

Revision: 0019, after 0018.
"""

from __future__ import annotations

from alembic import context, op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Create the index."""
    name = "ix_next_visit_stored_run_number_state_number"
    schema = context.config.attributes["schema"]
    op.create_index(name, "next_visit_stored", ["run_number", "state_number"], schema=schema)
