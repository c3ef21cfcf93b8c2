"""``nightcast plan``: what the next night would do."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import click

from flows.commands.options import DateParameter, config_option, listing_options, products_option, retrain_option
from flows.console import Console, Form, Row
from nightcast.errors import NightcastError
from nightcast.values import Product


@click.command("plan")
@click.option("--as-of", type=DateParameter(), help="Date to forecast from; default: today.")
@products_option
@retrain_option("Whether the night would train.")
@listing_options
@config_option
def command(
    as_of: datetime.date | None, products: tuple[str, ...], retrain: Any, form: Form, config: Path | None
) -> int:
    """Show what the next night would do; trains and writes nothing.

    For each product: the rows to read, the rows to reject and why, whether a model would be trained or loaded and why,
    the tables and rows to write, and the duration of the last nights of that kind.

    \b
    Examples:
      nightcast plan
      nightcast plan --product sales --retrain always
    """
    from flows.night.plan import plan_product
    from flows.night.request import NightRequest
    from flows.night.session import resolved_as_of, resolved_products
    from flows.settings import load_settings

    console, settings = Console(), load_settings(config)
    request = NightRequest(as_of=as_of, products=[Product(name) for name in products] or None, retrain=retrain)
    as_of = resolved_as_of(request, settings)
    plans, worst = [], 0
    for product in resolved_products(request, settings):
        try:
            plans.append(plan_product(product, as_of, request.retrain, settings))
        except NightcastError as error:
            console.error(f"{product} would fail: {error.reason}", error.remedy)
            worst = max(worst, error.exit_code)
    if form == "table" and plans:
        console.rows(_side_by_side(plans))
    elif plans or form == "json":
        console.rows(plans, form)
    return worst


def _side_by_side(plans: list[Row]) -> list[Row]:
    """One row per item and one column per product, since some items are sentences."""
    facts = [name for name in plans[0] if name != "product"]
    return [
        {"tonight": name.replace("_", " "), **{plan["product"]: plan[name] or "-" for plan in plans}} for name in facts
    ]
