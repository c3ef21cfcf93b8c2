"""``nightcast show``: the contents of the tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.commands.options import PRODUCT, config_option, listing_options
from flows.console import Console, Form, Row
from nightcast.values import Product

if TYPE_CHECKING:
    from sql.engine import Database


@dataclass(frozen=True)
class Chosen:
    """The requested rows of a listing."""

    limit: int | None = None
    product: Product | None = None
    customer: str | None = None
    series: str | None = None


@dataclass(frozen=True)
class Listing:
    """How a listing is shown.

    Attributes:
        empty: the message if there are no rows.
        columns: the columns of a table; None: all. JSON and CSV have all columns.
        hidden: columns that a table leaves out.
    """

    empty: str
    columns: tuple[str, ...] | None = None
    hidden: tuple[str, ...] = ()


LISTINGS = {
    "runs": Listing(
        "No run yet: `nightcast run` starts one.",
        (
            "product",
            "as_of",
            "status",
            "started_at",
            "subjects",
            "rows_written",
            "rows_rejected",
            "decision",
            "notes",
            "error",
        ),
    ),
    "next-visit": Listing(
        "No next-visit forecast has been published yet: `nightcast run` publishes one.", hidden=("as_of",)
    ),
    "sales": Listing(
        "No sales forecast has been published yet: `nightcast run` publishes one.", hidden=("as_of", "steps", "status")
    ),
    "accuracy": Listing(
        "No score yet: a training adds evaluations, and each part of a forecast is reviewed when its days are over.",
        ("product", "measured", "as_of", "part", "segment", "metric", "value", "baseline", "baseline_value", "skill"),
    ),
    "models": Listing("No model has been trained yet: `nightcast run` trains one.", hidden=("metrics", "product")),
    "rejected": Listing("No row has been rejected."),
}


@click.command("show")
@click.argument("what", type=click.Choice(list(LISTINGS)))
@click.option(
    "--limit", type=click.IntRange(min=0), default=20, show_default=True, help="Greatest number of rows; 0: all."
)
@click.option("--product", type=PRODUCT, help="Only this product (runs, accuracy, models).")
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
    """Show the contents of the tables.

    \b
    runs        runs with their outcome, the decision about the model, and warnings
    next-visit  customers of the latest forecast, the likeliest to come soon first
    sales       series of the latest forecast, the largest first
    accuracy    scores of published forecasts and of models, beside the baseline's
    models      trained models, and which one serves
    rejected    rejected rows by reason
    """
    chosen = Chosen(limit or None, Product(product) if product else None, customer, series)
    show(Console(), what, chosen, form=form, config=config)


def show(
    console: Console, what: str, chosen: Chosen, *, form: Form = "table", config: Path | None = None, title: str = ""
) -> None:
    """Show a listing."""
    from flows.night.session import open_configured

    listing = LISTINGS[what]
    _, database = open_configured(config)
    rows = _listings()[what](database, chosen)
    console.rows(rows, form, title=title, empty=listing.empty, columns=listing.columns, hidden=listing.hidden)


def _listings() -> dict[str, Callable[[Database, Chosen], list[Row]]]:
    from sql.ledger import listings

    return {
        "runs": lambda database, chosen: listings.runs(database, chosen.limit, chosen.product),
        "next-visit": lambda database, chosen: listings.customers_due(database, chosen.limit, chosen.customer),
        "sales": lambda database, chosen: listings.sales_outlook(database, chosen.limit, chosen.series),
        "accuracy": lambda database, chosen: listings.accuracy(database, chosen.limit, chosen.product),
        "models": lambda database, chosen: listings.models(database, chosen.limit, chosen.product),
        "rejected": lambda database, chosen: listings.rejected(database, chosen.limit),
    }
