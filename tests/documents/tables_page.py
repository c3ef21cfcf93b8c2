"""`docs/tables.md`, made from the comments of tables and views."""

from __future__ import annotations

import functools
import tempfile
from itertools import groupby
from pathlib import Path

from pydantic import SecretStr

from sql.dictionary.entries import Entry, columns_present, entries
from sql.engine import open_database
from sql.schema import migrate
from sql.settings import DatabaseSettings

INTRODUCTION = """# Tables and views

On PostgreSQL they are in the schema `nightcast` (`[database] schema`), elsewhere their names are plain. Identifiers are
text, exactly as in the source. Dates are dates, times are in UTC. Readers use the views: they show published runs only.

The database says the same about itself: `SELECT * FROM rpt_dictionary` on every database, and as comments of tables and
columns on PostgreSQL, MySQL and MariaDB, of views on PostgreSQL.

This page is made from the program by `python -m tests.documents`.
"""


def tables_page() -> str:
    """The text of the page."""
    parts = [INTRODUCTION]
    for kind, title in (("view", "\n## Views\n"), ("table", "\n## Tables\n")):
        parts.append(title)
        of_kind = [entry for entry in dictionary() if entry.kind == kind]
        parts += [_chapter(list(rows)) for _, rows in groupby(of_kind, key=lambda entry: entry.relation)]
    return "".join(parts)


@functools.cache
def dictionary() -> tuple[Entry, ...]:
    """Every view and table with its columns."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(DatabaseSettings(url=SecretStr(f"sqlite:///{Path(folder) / 'views.db'}")))
        migrate(database)
        with database.read() as connection:
            explained = tuple(entries(columns_present(connection, database.schema)))
        database.engine.dispose()
    return explained


def _chapter(rows: list[Entry]) -> str:
    whole, *columns = rows
    lines = "".join(f"| `{column.column_name}` | {column.type} | {column.description} |\n" for column in columns)
    return f"\n### `{whole.relation}`\n\n{whole.description}\n\n| column | type | meaning |\n|---|---|---|\n{lines}"
