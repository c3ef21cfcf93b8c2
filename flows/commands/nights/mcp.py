"""``nightcast mcp``: the views, read only, for programs that answer questions."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import click

from flows.commands.options import config_option
from flows.console import Console
from nightcast.errors import UsageError


@click.command("mcp")
@click.option(
    "--http",
    "port",
    type=click.IntRange(1, 65535),
    help="Listen on this port of 127.0.0.1, at the path /mcp, instead of reading stdin.",
)
@config_option
def command(port: int | None, config: Path | None) -> None:
    """Let programs read the views by the Model Context Protocol: on stdin and stdout, for one that starts this one.

    It has a tool for each of ten questions, and tools that describe, read and add up any view for readers. It cannot
    write, and reads nothing but these views. On PostgreSQL, let it log in as the reader of deployments/roles.sql.

    \b
    Examples:
      nightcast mcp                 what a program's own settings name as the command to start
      nightcast mcp --http 8765     for all programs on this machine, whoever runs them
    """
    if find_spec("mcp") is None:
        raise UsageError("`nightcast mcp` needs the package mcp.", "Install it: pip install 'nightcast[mcp]'")
    from flows.mcp.server import server_of
    from flows.settings import load_settings
    from sql.answers.views import ReadersViews
    from sql.connection.read_only import read_only
    from sql.engine import open_database

    database = read_only(open_database(load_settings(config).database))
    database.require_file()
    views = ReadersViews(database)
    views.check()
    if port is None and sys.stdin.isatty():
        Console().note("Waiting for a program on stdin: it is the one to start this command. Ctrl-C ends it.")
    try:
        server_of(views, port or 0).run("stdio" if port is None else "streamable-http")
    except* BrokenPipeError:
        pass  # the program that started this one has gone
