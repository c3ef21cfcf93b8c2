"""``nightcast demo``: one night on a generated shop."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from flows.console import Console
from nightcast.errors import UsageError

SEED = 1

SETTINGS = {
    "source.visits": {"groups": '["store"]', "future": '"known"'},
    "source.sales": {"groups": '["store", "category"]'},
}
"""The settings of the shop that are no defaults, by section."""


@click.command("demo")
@click.option("--seed", type=int, default=SEED, show_default=True, help="Another seed generates another shop.")
def command(seed: int) -> int:
    """Try Nightcast: generate a small shop in a database in this folder, run one night, show the results.

    The shop has 1,500 customers and 40 products over two years, until yesterday. The folder may not contain a
    nightcast.toml or a nightcast.db.

    \b
    Example:
      mkdir shop && cd shop && nightcast demo
    """
    from flows.commands.options import is_verbose
    from flows.console.terminal_log import log_to_terminal
    from flows.night.request import NightRequest
    from flows.server.start import COMMAND_LINE, run_nights

    console = Console()
    _refuse_occupied()
    yesterday = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=1)
    prepare_shop(Path("nightcast.toml"), seed, yesterday)
    console.note("Generated a shop: nightcast.toml and nightcast.db in this folder. Running one night:")
    log_to_terminal()
    request = NightRequest(config=Path("nightcast.toml"), trigger=COMMAND_LINE)
    [night] = run_nights([None], request, quiet=not is_verbose())
    if night.failures:
        raise night.failures[0]
    show_night(console)
    console.note(
        "\nSee more with nightcast show runs|next-visit|visits|sales|totals|accuracy|models, or any SQL tool on "
        "nightcast.db."
    )
    return 0


def _refuse_occupied() -> None:
    for name in ("nightcast.toml", "nightcast.db"):
        if Path(name).exists():
            raise UsageError(
                f"There is a {name} in this folder already, and the demo overwrites nothing.",
                "Change to an empty folder, or see what is there with `nightcast show runs`.",
            )


def prepare_shop(settings_file: Path, seed: int, through: datetime.date) -> None:
    """Write the settings and fill the database of the generated shop.

    Args:
        settings_file: where to write the settings.
        seed: seed of the generator.
        through: the last day of the visits and sales.
    """
    from flows.commands.first.init import write_settings_file
    from flows.settings import load_settings
    from sql.engine import open_database
    from sql.schema import migrate
    from tasks.upkeep.demo_shop.shop import generate, write_shop

    settings = load_settings(write_settings_file(settings_file, SETTINGS))
    database = open_database(settings.database)
    migrate(database)
    write_shop(database, generate(through, seed), settings.source)


def show_night(console: Console) -> None:
    """Show what people would read in the morning: customers due, visits ahead, the sales outlook, the models."""
    from flows.commands.tables.show import Chosen, show

    show(console, "next-visit", Chosen(10), title="Customers due this week")
    show(console, "visits", Chosen(7), title="Visits ahead")
    show(console, "sales", Chosen(10), title="Sales outlook")
    show(console, "models", Chosen(4), title="Models")
