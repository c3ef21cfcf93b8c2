"""``nightcast show``: what is in the tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.commands.options import config_option, listing_options
from flows.console import Console, Form, Row
from nightcast.values import Product

if TYPE_CHECKING:
    from sql.engine import Database


@dataclass(frozen=True)
class Chosen:
    """Which rows of a listing."""

    limit: int | None = None
    product: Product | None = None
    customer: str | None = None
    series: str | None = None


@dataclass(frozen=True)
class Listing:
    """One thing that can be shown.

    Attributes:
        empty: what to say when there are no rows.
        columns: what a table for people shows; JSON and CSV have all columns. None: all.
        hidden: what a table leaves out.
    """

    empty: str
    columns: tuple[str, ...] | None = None
    hidden: tuple[str, ...] = ()


LISTINGS = {
    "runs": Listing(
        "No run yet: `nightcast run` makes one.",
        ("product", "as_of", "status", "started_at", "subjects", "rows_written", "rows_rejected", "decision", "error"),
    ),
    "next-visit": Listing(
        "No next-visit forecast has been published yet: `nightcast run` makes one.", hidden=("as_of",)
    ),
    "sales": Listing(
        "No sales forecast has been published yet: `nightcast run` makes one.", hidden=("as_of", "steps", "status")
    ),
    "accuracy": Listing(
        "Nothing has been measured yet: a trained model brings its backtest, a matured forecast its score.",
        ("product", "measured", "as_of", "segment", "metric", "value", "baseline", "baseline_value", "skill"),
    ),
    "models": Listing("No model has been trained yet: `nightcast run` trains one.", hidden=("metrics", "product")),
    "rejected": Listing("No row was rejected."),
}


@click.command("show")
@click.argument("what", type=click.Choice(list(LISTINGS)))
@click.option("--limit", type=click.IntRange(min=0), default=20, show_default=True, help="Most rows; 0 for all.")
@click.option(
    "--product",
    type=click.Choice([product.value for product in Product]),
    help="Only this product (runs, accuracy, models).",
)
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
    chosen = Chosen(limit or None, Product(product) if product else None, customer, series)
    _show(Console(), what, chosen, form, config, "")


def show(console: Console, what: str, *, limit: int, title: str) -> None:
    """Show a listing as a table with a title."""
    _show(console, what, Chosen(limit), "table", None, title)


def _show(console: Console, what: str, chosen: Chosen, form: Form, config: Path | None, title: str) -> None:
    from flows.night.session import open_checked
    from flows.settings import load_settings

    listing = LISTINGS[what]
    rows = _queries()[what](open_checked(load_settings(config)), chosen)
    console.rows(rows, form, title=title, empty=listing.empty, columns=listing.columns, hidden=listing.hidden)


def _queries() -> dict[str, Callable[[Database, Chosen], list[Row]]]:
    from sql.ledger import listings as queries

    return {
        "runs": lambda database, chosen: queries.runs(database, chosen.limit, chosen.product),
        "next-visit": lambda database, chosen: queries.customers_due(database, chosen.limit, chosen.customer),
        "sales": lambda database, chosen: queries.sales_outlook(database, chosen.limit, chosen.series),
        "accuracy": lambda database, chosen: queries.accuracy(database, chosen.limit, chosen.product),
        "models": lambda database, chosen: queries.models(database, chosen.limit, chosen.product),
        "rejected": lambda database, chosen: queries.rejected(database, chosen.limit),
    }
