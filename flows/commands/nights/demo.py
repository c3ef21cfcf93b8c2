"""``nightcast demo``: a generated shop, one night, the results."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from flows.console import Console
from nightcast.errors import UsageError

SEED = 1


@click.command("demo")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Another seed makes another shop.")
def command(seed: int) -> int:
    """Try it out: make a small shop in a database in this folder, run one night, show the results.

    The shop has 1,500 customers over two years and 40 products, and is open until yesterday. Refuses in a folder
    that already has a nightcast.toml or a nightcast.db.
    """
    from flows.commands.options import is_verbose, log_to_terminal
    from flows.commands.tables.init import write_settings_file
    from flows.server.start import run_nights

    console = Console()
    _refuse_occupied()
    _fill_shop(write_settings_file(Path("nightcast.toml")), seed)
    console.note("Made a shop: nightcast.toml and nightcast.db in this folder. Now one night:")
    log_to_terminal()
    results = run_nights([None], None, "auto", False, Path("nightcast.toml"), quiet=not is_verbose())
    failures = [result for result in results if isinstance(result, BaseException)]
    if failures:
        raise failures[0]
    show_night(console)
    console.note(
        "\nLook around: nightcast show runs|next-visit|sales|accuracy|models, or any SQL tool on nightcast.db."
    )
    return 0


def _refuse_occupied() -> None:
    for name in ("nightcast.toml", "nightcast.db"):
        if Path(name).exists():
            raise UsageError(
                f"There is a {name} in this folder already, and the demo writes over nothing.",
                "Go to an empty folder, or look at what is there with `nightcast show runs`.",
            )


def _fill_shop(settings_file: Path, seed: int) -> None:
    from flows.settings import load_settings
    from sql.engine import open_database
    from sql.schema import migrate
    from tasks.upkeep.demo_shop import generate, write_shop

    settings = load_settings(settings_file)
    database = open_database(settings.database)
    migrate(database)
    yesterday = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=1)
    shop = generate(yesterday, seed)
    write_shop(database, shop, settings.source.visits, settings.source.sales, settings.source.covariates)


def show_night(console: Console) -> None:
    """What people would read in the morning: who is due, what will be sold, what served."""
    from flows.commands.tables.show import show

    show(console, "next-visit", limit=10, title="Who is due this week")
    show(console, "sales", limit=10, title="The sales outlook")
    show(console, "models", limit=4, title="The models that served")
