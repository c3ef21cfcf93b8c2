"""Nights of the past that look as if they had run on their day."""

from __future__ import annotations

import datetime

import sqlalchemy as sa

from sql.engine import Database
from sql.tables import forecast_run


def begun_in_time(database: Database, as_of: datetime.date, late: int = 0) -> None:
    """Let the runs of an as-of have begun on its day, or some days later."""
    day = as_of + datetime.timedelta(days=late)
    moment = datetime.datetime.combine(day, datetime.time(3, 30), datetime.UTC)
    with database.write() as connection:
        runs = sa.update(forecast_run).where(forecast_run.c.as_of == as_of)
        connection.execute(runs.values(started_at=moment, begun_on=day))
