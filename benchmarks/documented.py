"""How much is documented: commands and options with help and examples, settings, tables and views, their columns."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from pydantic import SecretStr

from benchmarks.figures import Figure, Goal
from sql.dictionary.entries import columns_present, entries
from sql.engine import open_database
from sql.schema import migrate
from sql.settings import DatabaseSettings
from tests.documents.settings_page import all_settings
from tests.documents.test_commands import commands
from tests.documents.test_examples import examples


def figures() -> Iterator[Figure]:
    """The documented share of each kind of thing."""
    found = list(commands())
    yield share("commands", (bool(command.help and examples(command)) for _, command in found))
    options = (option for _, command in found for option in command.params if isinstance(option, click.Option))
    yield share("options", (bool(option.help) for option in options))
    yield share("settings", (bool(setting.description) for setting in all_settings()))
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(DatabaseSettings(url=SecretStr(f"sqlite:///{Path(folder) / 'nightcast.db'}")))
        migrate(database)
        with database.read() as connection:
            rows = list(entries(columns_present(connection, database.schema)))
        database.engine.dispose()
    yield share("tables_and_views", (bool(row.description) for row in rows if row.column_name is None))
    yield share("columns", (bool(row.description) for row in rows if row.column_name is not None))


def share(kind: str, documented: Iterable[bool]) -> Figure:
    """The share of one kind that is documented."""
    each = list(documented)
    print(f"{kind.replace('_', ' ')}: {sum(each)} of {len(each)}")
    return Figure(f"documented_{kind}_share", sum(each) / len(each), Goal(">=", 1.0))


if __name__ == "__main__":
    print(*(figure.line for figure in list(figures())), sep="\n")
