"""Every command and option is documented."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from flows.command_line import nightcast
from tests.documents.__main__ import DOCUMENTS
from tests.documents.commands_page import commands_page


def commands(command: click.Command = nightcast, name: str = "nightcast") -> Iterator[tuple[str, click.Command]]:
    """Every command and subcommand by its name on the command line."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for sub in command.list_commands(context):
            inner = command.get_command(context, sub)
            assert inner is not None
            yield from commands(inner, f"{name} {sub}")


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_every_command_and_option_has_help(name: str, command: click.Command) -> None:
    assert command.help, name
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_the_document_is_that_of_the_commands() -> None:
    assert (DOCUMENTS / "commands.md").read_text(encoding="utf-8") == commands_page(), "run `python -m tests.documents`"
