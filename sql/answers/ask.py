"""Answers: rows as plain values, few enough and soon enough for a program to read."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import Any, TypeAlias

from sqlalchemy.exc import DBAPIError
from typing_extensions import TypedDict

from nightcast.errors import NightcastError, UsageError
from sql.answers.reading import MOST_ROWS, Reading, Totals
from sql.answers.statement import statement_of
from sql.answers.views import ReadersViews
from sql.connection.time_limit import time_limit

MOST_SECONDS = 10.0

Plain: TypeAlias = bool | int | float | str | None


class Answer(TypedDict):
    """The rows of an answer.

    Attributes:
        rows: values by the names of columns; dates and times as ISO 8601 has them.
        is_cut_short: whether there are more rows than these.
    """

    rows: list[dict[str, Plain]]
    is_cut_short: bool


def ask(views: ReadersViews, asked: Reading | Totals) -> Answer:
    """Read from a view.

    Raises:
        NightcastError: if a name or a value is wrong, it takes too long, or the database cannot be reached.
    """
    limit = min(asked.limit, MOST_ROWS)
    try:
        statement = statement_of(views.table(asked.view), asked).limit(limit + 1)
        with views.database.read() as connection, time_limit(connection, MOST_SECONDS):
            rows = [
                {name: plain(value) for name, value in row.items()} for row in connection.execute(statement).mappings()
            ]
    except NightcastError:
        raise
    except DBAPIError as error:  # what the driver says may show what it was told to connect with
        name = type(error.orig).__name__
        raise UsageError(
            f"The database refuses to answer: {name}.", "Compare each column with values of its type."
        ) from None
    return Answer(rows=rows[:limit], is_cut_short=len(rows) > limit)


def plain(value: Any) -> Plain:
    """A value as JSON has it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime.date):  # a time is one, too
        return value.isoformat()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)
