"""``nightcast withdraw``: a published night out of sight."""

from __future__ import annotations

import datetime
from contextlib import suppress
from pathlib import Path

import click

from flows.commands.options import config_option, products_option
from flows.console import Console
from nightcast.errors import UsageError
from nightcast.values import Product


@click.command("withdraw")
@click.argument("run", metavar="RUN|AS_OF")
@products_option
@config_option
def command(run: str, products: tuple[str, ...], config: Path | None) -> None:
    """Take a published night out of the views; readers see the one before.

    RUN is the ID of a run, AS_OF the date of a night. If that night trained the champion, it is rejected, and the one
    before is champion again. `nightcast run --as-of AS_OF` publishes the night anew.

    \b
    Examples:
      nightcast withdraw 2027-01-05
      nightcast withdraw 2026-11-02 --product sales
    """
    from flows.night.session import open_configured
    from sql.ledger.withdrawal import published_runs, readers_see, withdraw

    console, (_, database) = Console(), open_configured(config)
    runs = [one for one in published_runs(database, _parsed(run)) if not products or one.product in products]
    if not runs:
        raise UsageError(f"No run of {run} is published.", "List the runs with `nightcast show runs`.")
    for one in runs:
        rejected = withdraw(database, one)
        console.note(f"Withdrew run {one.run_id}: {one.product} of {one.as_of}.")
        if rejected is not None:
            console.note(f"  The model that it trained, {rejected}, is rejected.")
        console.note(f"  Readers now see {_described(readers_see(database, Product(one.product)))}.")


def _parsed(text: str) -> str | datetime.date:
    with suppress(ValueError):
        return datetime.date.fromisoformat(text)
    return text


def _described(as_of: datetime.date | None) -> str:
    return "no forecast of this product" if as_of is None else f"the night of {as_of}"
