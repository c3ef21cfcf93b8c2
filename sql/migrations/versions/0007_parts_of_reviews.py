"""Reviews of a forecast part by part, those of backfills marked.

Scores from before are of whole forecasts: the part ``all``. A run counts as a backfill if it began more than a day
after its as-of: the time zone of its nights is not known here.

Revision: 0007, after 0006.
"""

from __future__ import annotations

import datetime

import sqlalchemy as sa
from alembic import context, op

from sql.types import Name, UtcDateTime

revision = "0007"
down_revision = "0006"

_BATCH = 500
"""Runs in one statement."""


def upgrade() -> None:
    """Add the columns, the part also to the key, and mark the scores of backfills."""
    schema = context.config.attributes["schema"]
    with op.batch_alter_table("forecast_score", schema=schema) as table:
        table.add_column(sa.Column("part", Name, nullable=False, server_default="all"))
        table.add_column(sa.Column("is_backfill", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("forecast_score", schema=schema) as table:
        table.drop_constraint("pk_forecast_score", type_="primary")
        table.create_primary_key("pk_forecast_score", ["run_id", "part", "metric"])
        table.alter_column("part", existing_type=Name, existing_nullable=False, server_default=None)
        table.alter_column("is_backfill", existing_type=sa.Boolean(), existing_nullable=False, server_default=None)
    _mark_backfills(schema)


def _mark_backfills(schema: str | None) -> None:
    score = sa.table("forecast_score", sa.column("run_id", Name), sa.column("is_backfill", sa.Boolean), schema=schema)
    columns = (sa.column("run_id", Name), sa.column("as_of", sa.Date), sa.column("started_at", UtcDateTime))
    run, connection = sa.table("forecast_run", *columns, schema=schema), op.get_bind()
    runs = connection.execute(sa.select(run).where(run.c.run_id.in_(sa.select(score.c.run_id)))).all()
    late = [row.run_id for row in runs if row.started_at.date() > row.as_of + datetime.timedelta(days=1)]
    for start in range(0, len(late), _BATCH):
        chosen = score.c.run_id.in_(late[start : start + _BATCH])
        connection.execute(sa.update(score).where(chosen).values(is_backfill=True))
