"""How much is documented: commands and options with help and examples, settings, tables and views, their columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from benchmarks.figures import Figure, Goal
from tests.documents.settings_page import all_settings
from tests.documents.tables_page import dictionary
from tests.documents.test_commands import commands
from tests.documents.test_examples import examples


def figures() -> Iterator[Figure]:
    """The documented share of each kind of thing."""
    found = list(commands())
    yield share("commands", (bool(command.help and examples(command)) for _, command in found))
    options = (option for _, command in found for option in command.params if isinstance(option, click.Option))
    yield share("options", (bool(option.help) for option in options))
    yield share("settings", (bool(setting.description) for setting in all_settings()))
    yield share("tables_and_views", (bool(row.description) for row in dictionary() if row.column_name is None))
    yield share("columns", (bool(row.description) for row in dictionary() if row.column_name is not None))


def share(kind: str, documented: Iterable[bool]) -> Figure:
    """The share of one kind that is documented."""
    each = list(documented)
    print(f"{kind.replace('_', ' ')}: {sum(each)} of {len(each)}")
    return Figure(f"documented_{kind}_share", sum(each) / len(each), Goal(">=", 1.0))


if __name__ == "__main__":
    print(*(figure.line for figure in list(figures())), sep="\n")
