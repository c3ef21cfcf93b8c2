"""When each model version became champion, so that a rollback can return to what served before.

Revision: 0013, after 0012.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

from sql.types import UtcDateTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the column; of earlier versions the moment is not known."""
    schema = context.config.attributes["schema"]
    op.add_column("model_version", sa.Column("promoted_at", UtcDateTime()), schema=schema)
