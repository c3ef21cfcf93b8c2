"""``nightcast migrate``: upgrade our tables to this program's revision."""

from __future__ import annotations

from pathlib import Path

import click

from flows.commands.options import config_option
from flows.console import Console


@click.command("migrate")
@config_option
def command(config: Path | None) -> None:
    """Upgrade the tables and views to the revision that this program needs; may be repeated.

    \b
    Example:
      nightcast migrate
    """
    from flows.settings import load_settings
    from sql.engine import open_database
    from sql.schema import migrate

    database = open_database(load_settings(config).database)
    database.require_file()
    before, after = migrate(database)
    change = "unchanged" if before == after else f"before: {before or 'none'}"
    Console().note(f"The tables in {database.name} are at revision {after} ({change}).")
