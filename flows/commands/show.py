"""``nightcast show``: what is in the tables."""

from __future__ import annotations

from pathlib import Path

import click

from flows.commands.options import config_option, listing_options
from flows.console import Console, Form
from nightcast.values import Product

EMPTY = {
    "runs": "No run yet: `nightcast run` makes one.",
    "next-visit": "No next-visit forecast has been published yet: `nightcast run` makes one.",
    "sales": "No sales forecast has been published yet: `nightcast run` makes one.",
    "accuracy": "Nothing has been measured yet: a trained model brings its backtest, a matured forecast its score.",
    "models": "No model has been trained yet: `nightcast run` trains one.",
    "rejected": "No row was rejected.",
}


@click.command("show")
@click.argument("what", type=click.Choice(list(EMPTY)))
@click.option("--limit", type=click.IntRange(min=0), default=20, show_default=True, help="Most rows; 0 for all.")
@click.option("--product", type=click.Choice([*Product]), help="Only this product (runs, accuracy, models).")
@click.option("--customer", help="Only this customer (next-visit).")
@click.option("--series", help="Every step of this series (sales).")
@listing_options
@config_option
def command(
    what: str,
    limit: int,
    product: str | None,
    customer: str | None,
    series: str | None,
    form: Form,
    config: Path | None,
) -> None:
    """Show what is in the tables.

    \b
    runs        what was tried, what came of it, and why
    next-visit  customers of the latest forecast, the likeliest to come soon first
    sales       series of the latest forecast, the largest first
    accuracy    how forecasts did against what came, beside the baseline
    models      what was trained, and what serves
    rejected    rows that could not be used, by reason
    """
    from flows.session import open_checked
    from flows.settings import load_settings
    from sql import queries

    database = open_checked(load_settings(config))
    most, chosen = limit or None, Product(product) if product else None
    rows = {
        "runs": lambda: queries.runs(database, most, chosen),
        "next-visit": lambda: queries.customers_due(database, most, customer),
        "sales": lambda: queries.sales_outlook(database, most, series),
        "accuracy": lambda: queries.accuracy(database, most, chosen),
        "models": lambda: queries.models(database, most, chosen),
        "rejected": lambda: queries.rejected(database, most),
    }[what]()
    Console().rows(rows, form, empty=EMPTY[what])
