"""``nightcast prune``: remove old runs and unused models."""

from __future__ import annotations

import datetime
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.commands.options import config_option, listing_options
from flows.console import Console, Form

if TYPE_CHECKING:
    from tasks.upkeep.housekeeping import Removal


@click.command("prune")
@click.option(
    "--keep-runs",
    type=click.IntRange(min=1),
    help="Keep the last N published runs of each product.  [default: [run] keep_runs]",
)
@click.option("--keep-days", type=click.IntRange(min=0), help="Keep runs published within the last D days.")
@click.option("--dry-run", is_flag=True, help="Show what would be removed, and remove nothing.")
@listing_options
@config_option
def command(keep_runs: int | None, keep_days: int | None, dry_run: bool, form: Form, config: Path | None) -> None:
    """Remove the rows of old runs, and models that are no longer needed.

    Always kept: the runs that the views show, runs that await their review, scores and evaluations, the ledger, and
    the last models that served. Rows are removed in small transactions, so that nights and readers do not wait.

    \b
    Examples:
      nightcast prune --dry-run
      nightcast prune --keep-runs 14
      nightcast prune --keep-days 90
    """
    from flows.night.session import open_configured
    from flows.night.tidying import kept
    from sql.ledger.pruning import Keep
    from tasks.upkeep.housekeeping import prune, unknown_folders

    console = Console()
    settings, database = open_configured(config)
    store = settings.model.store
    keep = kept(settings.run) if keep_runs is None and keep_days is None else Keep(keep_runs, keep_days)
    now = datetime.datetime.now(datetime.UTC)
    removals: list[Removal] = []
    try:
        removals.extend(prune(database, store, keep, now, dry_run=dry_run, report=console.note))
    finally:  # what was removed before an error is gone, too
        _tell(console, removals, form, "Would remove" if dry_run else "Removed")
    unknown = unknown_folders(database, store)
    if unknown:
        console.note(f"Kept in the model store, since this database does not know them: {', '.join(unknown)}.")


def _tell(console: Console, removals: list[Removal], form: Form, what: str) -> None:
    console.rows([asdict(one) for one in removals], form, empty="Nothing to remove.")
    if removals:
        rows = sum(one.rows or 0 for one in removals)
        folders = sum(one.what != "rows" for one in removals)
        console.note(f"{what} {rows:,} rows and {folders} folders of models.")
