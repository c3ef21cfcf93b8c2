"""What to do after the first night: said once."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import click
import sqlalchemy as sa

from flows.console import Console
from flows.settings import load_settings
from sql.engine import open_database
from sql.tables import forecast_run


def say_what_is_next(console: Console, config: Path | None, run_ids: Collection[str]) -> None:
    """Name the next three things to do, if these runs are the first that published anything."""
    database = open_database(load_settings(config).database)
    run = forecast_run.c
    earlier = sa.exists().where(run.published_at.is_not(None), run.run_id.not_in(run_ids))
    if not run_ids or database.value(sa.select(earlier)):
        return
    schema = f"{database.schema}." if database.schema else ""
    steps = (
        _look(),
        ("nightcast serve", "a night each day: with Prefect; or `nightcast run` in cron, see docs/operate.md"),
        (f"SELECT * FROM {schema}rpt_trust", "in any SQL tool: what the views say, see docs/sql.md"),  # noqa: S608 shown, never run
    )
    width = max(len(command) for command, _ in steps)
    console.note("\nThat was the first night. Next:")
    for command, why in steps:
        console.note(f"  {command.ljust(width)}  {why}")


def _look() -> tuple[str, str]:
    context = click.get_current_context().find_root()
    assert isinstance(context.command, click.Group)  # noqa: S101 it is the program
    if "report" in context.command.list_commands(context):
        return "nightcast report", "the night as one page, with charts"
    return "nightcast show next-visit", "who is due"
