"""`docs/commands.md`, made from the help of the commands."""

from __future__ import annotations

from collections.abc import Iterator

import click

from flows.command_line import COMMANDS, nightcast

WIDTH = 100
"""Characters in a line of help."""

INTRODUCTION = """# Commands

| command | does |
|---|---|
{table}

Data go to stdout, progress and messages to stderr. `nightcast --config FILE ...` names another settings file.

| exit code | meaning |
|--:|---|
| 0 | done |
| 1 | a product failed, or a lock or guard refused |
| 2 | wrong usage, settings or input |
| 3 | the database or another service cannot be reached, so that trying again makes sense |
| 130 | interrupted |

This page is made from the program by `python -m tests.documents`.
"""


def commands_page() -> str:
    """The text of the page."""
    table = "\n".join(f"| [`nightcast {name}`](#nightcast-{name}) | {does} |" for name, does in COMMANDS.items())
    chapters = (f"\n## nightcast {name}\n{''.join(_helps(name))}" for name in COMMANDS)
    return INTRODUCTION.format(table=table) + "".join(chapters)


def _helps(name: str) -> Iterator[str]:
    """The help of a command, then that of its subcommands."""
    context = click.Context(nightcast, info_name="nightcast", help_option_names=["-h", "--help"])  # as it has itself
    command = nightcast.get_command(context, name)
    assert command is not None, name
    yield from _with_subcommands(command, name, context)


def _with_subcommands(command: click.Command, name: str, parent: click.Context) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=parent, terminal_width=WIDTH, max_content_width=WIDTH)
    command._help_option = None  # click keeps it, as the first context that asked for it spelled it
    yield f"\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for sub in command.list_commands(context):
            inner = command.get_command(context, sub)
            assert inner is not None, sub
            yield from _with_subcommands(inner, sub, context)
