"""``nightcast migrate``: our tables to the revision that this program needs."""

from __future__ import annotations

from pathlib import Path

import click

from flows.commands.options import config_option
from flows.console import Console


@click.command("migrate")
@config_option
def command(config: Path | None) -> None:
    """Bring the tables and views to the revision that this program needs; safe to repeat."""
    from flows.settings import load_settings
    from sql.engine import open_database
    from sql.schema import migrate

    database = open_database(load_settings(config).database)
    database.require_file()
    before, after = migrate(database)
    done = "already there" if before == after else f"was {before or 'empty'}"
    Console().note(f"The tables in {database.name} are at revision {after} ({done}).")
