"""Every command and option is documented."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from flows.command_line import COMMANDS, nightcast

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def commands(command: click.Command = nightcast, name: str = "nightcast") -> Iterator[tuple[str, click.Command]]:
    """Every command and subcommand by its name on the command line."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for sub in command.list_commands(context):
            inner = command.get_command(context, sub)
            assert inner is not None
            yield from commands(inner, f"{name} {sub}")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_table_of_the_readme(name: str) -> None:
    assert re.search(rf"(?m)^\| `nightcast {name}[ `].*\|$", README)


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_every_command_and_option_has_help(name: str, command: click.Command) -> None:
    assert command.help, name
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_the_readme_names_no_other_command() -> None:
    assert set(re.findall(r"(?m)^\| `nightcast ([a-z]+)", README)) == COMMANDS.keys()
