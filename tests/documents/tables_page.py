"""`docs/tables.md`, made from the comments of tables and views."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import sqlalchemy as sa
from pydantic import SecretStr

from sql.engine import open_database
from sql.schema import migrate
from sql.settings import DatabaseSettings
from sql.tables import metadata
from sql.views.definitions import VIEWS

INTRODUCTION = """# Tables and views

On PostgreSQL they are in the schema `nightcast` (`[database] schema`), elsewhere their names are plain. Identifiers are
text, exactly as in the source. Dates are dates, times are in UTC. Readers use the views: they show published runs only.

This page is made from the program by `python -m tests.documents`.
"""

Columns = Mapping[str, str]
"""What each column means, by its name."""


def tables_page() -> str:
    """The text of the page."""
    parts = [INTRODUCTION, "\n## Views\n"]
    parts += [_chapter(view, view_row(view), view_columns(view, names)) for view, names in names_in_views().items()]
    parts.append("\n## Tables\n")
    parts += [_chapter(table.name, table.comment or "", table_columns(table)) for table in metadata.tables.values()]
    return "".join(parts)


def table_columns(table: sa.Table) -> Columns:
    """The columns of a table."""
    return {column.name: column.comment or "" for column in table.columns}


def view_row(view: str) -> str:
    """What a row of a view is, and who reads it."""
    return _header(view)[0]


def view_columns(view: str, names: list[str]) -> Columns:
    """The columns of a view: as its file describes them, else as the table or view does that they come from."""
    return {name: _described(view, name) for name in names}


def names_in_views() -> dict[str, list[str]]:
    """The names of the columns of every view."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(DatabaseSettings(url=SecretStr(f"sqlite:///{Path(folder) / 'views.db'}")))
        migrate(database)
        with database.read() as connection:
            names = {view: list(connection.execute(sa.text(f"SELECT * FROM {view}")).keys()) for view in VIEWS}
        database.engine.dispose()
    return names


_DESCRIPTION = re.compile(r"^([a-z0-9_]+): ", re.MULTILINE)


def _header(view: str) -> tuple[str, Columns]:
    """The comment of a view: what its rows are, then what its columns mean."""
    lines = [line.removeprefix("--").strip() for line in _definition(view).splitlines() if line.startswith("--")]
    rows, *described = _DESCRIPTION.split("\n".join(lines))
    columns = dict(zip(described[::2], described[1::2], strict=True))
    return _in_one_line(rows), {name: _in_one_line(text) for name, text in columns.items()}


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


def _definition(view: str) -> str:
    return (files("sql") / "views" / f"{view}.sql").read_text(encoding="utf-8")


def _described(relation: str, column: str) -> str:
    """What a column means; empty where nothing describes it."""
    if relation not in VIEWS:
        return table_columns(metadata.tables[f"{metadata.schema}.{relation}"]).get(column, "")
    own = _header(relation)[1]
    if column in own:
        return own[column]
    sources = re.findall(r"(?:FROM|JOIN) ([a-z_]+)", _definition(relation))
    return next((text for source in sources if (text := _described(source, column))), "")


def _chapter(name: str, row: str, columns: Columns) -> str:
    lines = "".join(f"| `{column}` | {meaning} |\n" for column, meaning in columns.items())
    return f"\n### `{name}`\n\n{row}\n\n| column | meaning |\n|---|---|\n{lines}"
