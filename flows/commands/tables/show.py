"""``nightcast show``: the contents of the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.commands.options import PRODUCT, config_option, listing_options
from flows.commands.tables.looks import LOOKS
from flows.console import Console, Form, Row
from nightcast.errors import UsageError
from nightcast.glossary import METRICS, meaning
from nightcast.values import Product

if TYPE_CHECKING:
    from sql.engine import Database
    from sql.listing import Listing

TABLE_ROWS = 20
"""Rows of a table, unless --limit or --series is given; JSON and CSV have all rows."""


@dataclass(frozen=True)
class Chosen:
    """The requested rows of a listing."""

    limit: int | None = None
    product: Product | None = None
    customer: str | None = None
    series: str | None = None


def glossary() -> str:
    """Each metric with its meaning, a line each."""
    return "\n".join(f"  {name:<{max(map(len, METRICS))}}  {text}" for name, text in METRICS.items())


@click.command("show", epilog=f"\b\nMetrics of accuracy:\n{glossary()}")
@click.argument("what", type=click.Choice(list(LOOKS)))
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    help=f"Greatest number of rows; 0: all.  [default: {TABLE_ROWS} in tables of several subjects, else all]",
)
@click.option("--product", type=PRODUCT, help="Only this product (runs, accuracy, models).")
@click.option("--customer", help="Only this customer (next-visit).")
@click.option("--series", help="Every step of this series (sales, visits).")
@listing_options
@config_option
def command(
    what: str,
    limit: int | None,
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
    visits      customers expected each day and week, beside what came a year ago and what is booked
    sales       series of the latest forecast, the largest first
    totals      sales of all series and of groups, over weeks, months and the horizon
    accuracy    scores of published forecasts and of models, beside the baseline's
    models      trained models, and which one serves
    rejected    rejected rows by reason

    JSON has every value as it is. CSV is safe to open in a spreadsheet: a text that begins like a formula (= + - @) has
    an apostrophe before it, and control characters are escaped.

    \b
    Examples:
      nightcast show next-visit --limit 50
      nightcast show sales --series bakery/baguette
      nightcast show totals --csv > totals.csv
    """
    given = {"product": product, "customer": customer, "series": series}
    _refuse_others(what, [name for name, value in given.items() if value is not None])
    if limit is None and form == "table" and series is None:
        limit = TABLE_ROWS
    chosen = Chosen(limit or None, Product(product) if product else None, customer, series)
    show(Console(), what, chosen, form=form, config=config)


def _refuse_others(what: str, given: list[str]) -> None:
    """Refuse options that would change nothing."""
    for name in given:
        if name not in LOOKS[what].options:
            fitting = ", ".join(other for other, look in LOOKS.items() if name in look.options)
            raise click.UsageError(f"--{name} does not apply to `show {what}`, only to {fitting}.")


def show(
    console: Console, what: str, chosen: Chosen, *, form: Form = "table", config: Path | None = None, title: str = ""
) -> None:
    """Show a listing.

    Raises:
        UsageError: if the forecast does not have the chosen customer or series.
    """
    from flows.night.session import open_to_read

    look = LOOKS[what]
    database = open_to_read(config)
    listing = _listing(what, database, chosen)
    if form != "table":
        console.rows(_some(what, listing, database, chosen), form)
        return
    rows = list(_some(what, listing, database, chosen))
    if what == "accuracy":
        _say_trust(console, database, chosen.product, [row["metric"] for row in rows] + ["skill"] * bool(rows))
    total = listing.total if len(rows) == listing.limit else None
    console.rows(
        rows, title=title, empty=look.empty, columns=look.columns, hidden=look.hidden, minor=look.minor, total=total
    )


def _say_trust(console: Console, database: Database, product: Product | None, metrics: Iterable[str]) -> None:
    """Say what came true, and what the figures mean, before the figures."""
    from sql.ledger import listings

    console.paragraph(listings.trust(database, product))
    console.paragraph([f"{metric}: {meaning(metric)}" for metric in dict.fromkeys(metrics) if meaning(metric)])


def _listing(what: str, database: Database, chosen: Chosen) -> Listing:
    from sql.ledger import listings

    makers: dict[str, Callable[[], Listing]] = {
        "runs": lambda: listings.runs(database, chosen.limit, chosen.product),
        "next-visit": lambda: listings.customers_due(database, chosen.limit, chosen.customer),
        "visits": lambda: listings.visits_ahead(database, chosen.limit, chosen.series),
        "sales": lambda: listings.sales_outlook(database, chosen.limit, chosen.series),
        "totals": lambda: listings.sales_totals(database, chosen.limit),
        "accuracy": lambda: listings.accuracy(database, chosen.limit, chosen.product),
        "models": lambda: listings.models(database, chosen.limit, chosen.product),
        "rejected": lambda: listings.rejected(database, chosen.limit),
    }
    return makers[what]()


def _some(what: str, listing: Listing, database: Database, chosen: Chosen) -> Iterator[Row]:
    """The rows; a chosen customer or series without any is an error, unless nothing was published yet."""
    rows = iter(listing)
    first = next(rows, None)
    if first is not None:
        yield first
        yield from rows
    elif chosen.customer is not None:
        _refuse_unknown_customer(database, chosen.customer)
    elif chosen.series is not None:
        _refuse_unknown_series(what, database, chosen.series)


def _refuse_unknown_customer(database: Database, customer: str) -> None:
    from sql.ledger import listings

    if listings.is_published(database, Product.NEXT_VISIT):
        near = listings.near_customers(database, customer)
        raise _unknown(f"The latest forecast has no customer {customer!r}", near, "next-visit")


def _refuse_unknown_series(what: str, database: Database, series: str) -> None:
    from sql.ledger import listings

    product = Product.SALES if what == "sales" else Product.VISIT_COUNTS
    if not listings.is_published(database, product):
        return
    why = listings.why_not_forecast(database, product, series)
    if why is not None:
        raise UsageError(f"The series {series!r} has no forecast: {why}.")
    near = listings.near_series(database, product, series)
    raise _unknown(f"The latest forecast has no series {series!r}", near, what)


def _unknown(reason: str, near: list[str], what: str) -> UsageError:
    nearest = f"; nearest: {', '.join(near)}" if near else ""
    return UsageError(f"{reason}{nearest}.", f"`nightcast show {what} --csv` lists all.")
