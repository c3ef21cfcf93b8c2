"""``nightcast forget``: remove a customer from our tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.commands.options import config_option, listing_options
from flows.console import Console, Form, Row

if TYPE_CHECKING:
    from sql.engine import Database
    from sql.settings import VisitSource


@click.command("forget")
@click.argument("customer")
@listing_options
@config_option
def command(customer: str, form: Form, config: Path | None) -> None:
    """Remove CUSTOMER from all runs in Nightcast's tables, and list where traces of the customer remain.

    Visits that nights keep are removed as a whole: the next night reads all of them again.

    Does not ask for confirmation, and may be repeated. The sources remain unchanged: the next night forecasts a
    customer who is in them again, unless [source.visits] exclude_customers names the customer.

    \b
    Example:
      nightcast forget C-00042
    """
    from flows.night.session import open_configured
    from sql.ledger.forgetting import forget_customer, is_night_under_way
    from tasks.next_visit.kept.stored import forget_kept

    console = Console()
    settings, database = open_configured(config)
    source = settings.source.visits
    removed = forget_customer(database, customer) | {"kept_visits": forget_kept(database, settings.model.store)}
    rows = [_row("removed from", name, count, None) for name, count in removed.items()]
    rows += _remains(database, source, customer)
    console.rows(rows, form)
    if customer not in source.exclude_customers:
        console.note(
            "To exclude the customer from future nights, remove the rows from the source, or add the identifier to "
            "exclude_customers in [source.visits] of the settings."
        )
    if is_night_under_way(database):
        console.note("A night is under way that may have read the customer: repeat this command when it has ended.")


def _remains(database: Database, source: VisitSource, customer: str) -> Iterator[Row]:
    """Places where traces may remain, and what to do about them."""
    from sql.ledger.forgetting import count_in_source, what_remains
    from sql.ledger.loads import loads_of_visits
    from sql.source.lookup import source_exists
    from tasks.next_visit.reading import locate_visits

    if source_exists(database, source):
        located = locate_visits(database, source)
        rows = count_in_source(database, located.source, located.columns[0].name, customer)
        remedy = "Remove them there, with the rights of the owner." if rows else None
        yield _row("still in" if rows else "not in", f"the source, {source.table or 'a query'}", rows, remedy)
    for name, rejected in loads_of_visits(database):
        remedy = "Look for the customer in the loaded file, where it is kept."
        yield _row("perhaps in", name, None, remedy)
        if rejected:
            remedy = "It is beside the loaded file, or in the working folder of the load: look for the customer in it."
            yield _row("perhaps in", f"{name}.rejected.csv", None, remedy)
    remedy = "`nightcast prune` removes them when they are a day old."
    yield _row("perhaps in", "folders that killed nights have left in the model store", None, remedy)
    for copy, remedy in what_remains(database):
        yield _row("perhaps in", copy, None, remedy)
    remedy = "They do not reveal single customers; a new training replaces them, and `nightcast prune` removes them."
    yield _row("counted in", "weights and statistics of models", None, remedy)
    remedy = "Nightcast does not change them: remove those that are older than this."
    yield _row("perhaps in", "backups, logs and exports of the database", None, remedy)


def _row(state: str, place: str, rows: int | None, remedy: str | None) -> Row:
    return {"state": state, "place": place, "rows": rows, "remedy": remedy}
