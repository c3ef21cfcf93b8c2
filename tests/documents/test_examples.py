"""Every command has an example in its help, and every example is a command line that the program takes."""

from __future__ import annotations

import inspect
import re
import shlex

import click
import pytest

from flows.command_line import nightcast
from tests.documents.test_commands import commands

EXAMPLES = re.compile(r"(?m)^Examples?:\n((?:  .+\n?)+)")
"""A heading, and the indented lines below it; click does not rewrap them."""


def examples(command: click.Command) -> list[str]:
    """The command lines in the help of a command, without the remarks behind them."""
    block = EXAMPLES.search(inspect.cleandoc(command.help or ""))
    lines = block[1].splitlines() if block else []
    return [re.split(r" {3,}", line.strip())[0] for line in lines if "nightcast" in line]


def ours(line: str) -> list[str]:
    """The arguments of `nightcast` in a line, without other programs before and behind it."""
    inner = re.search(r"\$\((.*)\)", line)
    parts = shlex.split(re.sub(r"[|>].*", "", inner[1] if inner else line.rpartition("&& ")[2]))
    assert parts[0] == "nightcast", line
    return parts[1:]


def parse(command: click.Command, name: str, arguments: list[str], parent: click.Context | None = None) -> list[str]:
    """Let click parse arguments, and run nothing; returns the names of the commands that they reach."""
    with command.make_context(name, list(arguments), parent=parent, resilient_parsing=False) as context:
        rest = [*context._protected_args, *context.args]
        if not isinstance(command, click.Group) or not rest:
            return [name]
        found, inner, rest = command.resolve_command(context, rest)
        assert inner is not None
        assert found is not None
        return [name, *parse(inner, found, rest, context)]


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_every_command_has_examples_that_it_takes(name: str, command: click.Command) -> None:
    lines = examples(command)
    assert lines, f"{name} has no example"
    for line in lines:
        reached = " ".join(parse(nightcast, "nightcast", ours(line)))
        assert reached.startswith(name), line


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_examples_fit_on_a_terminal(name: str, command: click.Command) -> None:
    block = EXAMPLES.search(inspect.cleandoc(command.help or ""))
    assert block is not None, name
    assert [line for line in block[1].splitlines() if len(line) > 96] == []


def test_an_example_that_is_none_is_found() -> None:
    with pytest.raises(click.UsageError):
        parse(nightcast, "nightcast", ["run", "--nothing"])
