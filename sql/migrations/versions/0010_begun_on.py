"""The day on which a run began, so that an as-of after the clock is recognised.

The time zone of earlier nights is not known here: their day may be the one after that in UTC.

Revision: 0010, after 0009.
"""

from __future__ import annotations

import datetime

import sqlalchemy as sa
from alembic import context, op

from sql.types import Name, UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column, filled from the moments of the starts."""
    schema = context.config.attributes["schema"]
    with op.batch_alter_table("forecast_run", schema=schema) as table:
        table.add_column(sa.Column("begun_on", sa.Date(), nullable=True))
    _fill(schema)
    with op.batch_alter_table("forecast_run", schema=schema) as table:
        table.alter_column("begun_on", existing_type=sa.Date(), nullable=False)


def _fill(schema: str | None) -> None:
    columns = (
        sa.column("run_id", Name),
        sa.column("as_of", sa.Date),
        sa.column("started_at", UtcDateTime),
        sa.column("begun_on", sa.Date),
    )
    run, connection = sa.table("forecast_run", *columns, schema=schema), op.get_bind()
    rows = connection.execute(sa.select(run.c.run_id, run.c.as_of, run.c.started_at)).all()
    days = [{"row": row.run_id, "day": _begun_on(row.started_at.date(), row.as_of)} for row in rows]
    if days:
        statement = sa.update(run).where(run.c.run_id == sa.bindparam("row")).values(begun_on=sa.bindparam("day"))
        connection.execute(statement, days)


def _begun_on(day: datetime.date, as_of: datetime.date) -> datetime.date:
    """The day in UTC, or the next one if that is the as-of: the run then began east of Greenwich."""
    following = day + datetime.timedelta(days=1)
    return following if as_of == following else day
