"""`docs/sql.md`: questions, each with a query, its result, and what the columns of the result mean.

The page itself holds the queries. `python -m tests.documents` renews the meanings, from the comments of the views.
`python -m tests.documents.sql_page` runs the queries on a generated shop with some weeks of nights, and renews their
results; that takes some minutes.
"""

from __future__ import annotations

import datetime
import os
import re
import tempfile
from collections.abc import Callable, Sequence
from contextlib import chdir
from pathlib import Path
from typing import Any

from sql.dictionary.descriptions import described
from tests.documents.questions import PAGE, RESULT, Question

TONIGHT = datetime.date(2026, 11, 27)
WEEKS = 9
"""Weeks before tonight in which nights were published, one a week."""

QUICK = {
    "NIGHTCAST_MODEL__RETRAIN_AFTER_DAYS": "1000",
    "NIGHTCAST_NEXT_VISIT__RECIPES": '["pareto_nbd"]',
    "NIGHTCAST_SALES__RECIPES": '["combination", "effects"]',
    "NIGHTCAST_VISIT_COUNTS__RECIPES": '["combination"]',
}
"""Recipes that take seconds; how good the forecasts are does not matter here."""

MOST_CHARACTERS = 140
"""Of a value that is shown."""

Rows = tuple[Sequence[str], Sequence[Sequence[Any]]]
"""The names of columns, and rows."""


def with_meanings(page: str) -> str:
    """The page with what the columns of each result mean now."""

    def renew(found: re.Match[str]) -> str:
        lines = "".join(f"- {line}\n" for line in _meanings(found["query"], found["result"]))
        return f"{found[0][: found.start('columns') - found.start()]}\n{lines}"

    return RESULT.sub(renew, page)


def _meanings(query: str, result: str) -> list[str]:
    """A line for each column of a result, from the views that its query reads."""
    one = Question("", "", query, result)
    sources = {name: source for source, name in re.findall(r"([a-z0-9_]+) AS ([a-z0-9_]+)", query)}
    return [f"`{name}`: {_meaning(one, sources.get(name, name))}" for name in one.columns]


def _meaning(one: Question, column: str) -> str:
    found = (described(view, column).meaning for view in one.views)
    return next(meaning for meaning in found if meaning)


def renewed(page: str, ask: Callable[[str], Rows]) -> str:
    """The page with the results that the queries have now."""

    def with_result(found: re.Match[str]) -> str:
        start, end = (place - found.start() for place in found.span("result"))
        return found[0][:start] + as_text(*ask(found["query"])) + found[0][end:]

    return RESULT.sub(with_result, page)


def as_text(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as a table of plain text, numbers to the right."""
    texts = [[_shown(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *texts, strict=True)]
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    sides = [
        ">" if all(value is None or isinstance(value, int | float) for value in column) else "<" for column in columns
    ]
    lines = [
        "  ".join(f"{text:{side}{width}}" for text, side, width in zip(line, sides, widths, strict=True)).rstrip()
        for line in [list(names), ["-" * width for width in widths], *texts]
    ]
    return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    text = "" if value is None else str(value).replace("\n", " ")
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"


def nights_of_weeks(run: Callable[[datetime.date], None], tonight: datetime.date, weeks: int) -> None:
    """A night each week, one yesterday, and tonight's.

    Args:
        run: runs the night of an as-of, as if it had begun on that day.
        tonight: the as-of of the last night.
        weeks: the number of weeks before.
    """
    for days in (*range(7 * weeks, 0, -7), 1, 0):
        run(tonight - datetime.timedelta(days=days))


def _renew() -> None:
    from flows.command_line import run_command_line
    from flows.commands.nights.demo import prepare_shop
    from sql.engine import open_database
    from sql.settings import DatabaseSettings
    from tests.documents.pretence import begun_in_time

    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        prepare_shop(Path("nightcast.toml"), seed=1, through=TONIGHT - datetime.timedelta(days=1))
        os.environ.update(QUICK)
        database = open_database(DatabaseSettings())

        def night(as_of: datetime.date) -> None:
            assert run_command_line(["run", "--as-of", str(as_of)]) == 0
            begun_in_time(database, as_of)

        nights_of_weeks(night, TONIGHT, WEEKS)

        def ask(query: str) -> Rows:
            with database.read() as connection:
                result = connection.exec_driver_sql(query)
                return list(result.keys()), result.all()

        PAGE.write_text(with_meanings(renewed(PAGE.read_text(encoding="utf-8"), ask)), encoding="utf-8")


if __name__ == "__main__":
    _renew()
