"""``nightcast load``: load a file into the source tables."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.commands.options import config_option
from flows.console import Console

if TYPE_CHECKING:
    from sql.settings import SourceName
    from tasks.loading.load import LoadReport


@click.group("load")
def command() -> None:
    """Load a CSV (also .gz) or Parquet file into a source table, which is created if it does not exist.

    Rejected rows are counted, explained and kept in FILE.rejected.csv. Either all other rows are loaded, or none.
    """


def _shared_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.argument("file", type=click.Path(path_type=Path)),
        click.option("--date-format", help="Format of dates that are not in ISO 8601, such as %d/%m/%Y."),
        click.option("--again", is_flag=True, help="Load a file that was loaded before."),
        click.option("--replace", is_flag=True, help="Replace all rows of the table."),
        config_option,
    ):
        function = option(function)
    return function


@command.command("visits")
@click.option("--customer-id", required=True, help="Column of the customer.")
@click.option("--visited-at", required=True, help="Column of the date or timestamp.")
@click.option("--amount", help="Column of the amount spent, if there is one.")
@_shared_options
def visits(customer_id: str, visited_at: str, amount: str | None, **options: Any) -> None:
    """Append visits.

    \b
    Example:
      nightcast load visits tills.csv --customer-id card --visited-at time --amount total
    """
    _load("visits", {"customer_id": customer_id, "visited_at": visited_at, "amount": amount}, **options)


@command.command("sales")
@click.option("--series-id", required=True, help="Column of the series, such as a product, a shop or both.")
@click.option("--period", required=True, help="Column of the date.")
@click.option("--value", required=True, help="Column of the value sold.")
@_shared_options
def sales(series_id: str, period: str, value: str, **options: Any) -> None:
    """Upsert sales by series and period; an empty value means unknown."""
    _load("sales", {"series_id": series_id, "period": period, "value": value}, **options)


@command.command("covariates")
@click.option("--series-id", help="Column of the series; without it, the values apply to every series.")
@click.option("--period", required=True, help="Column of the date.")
@click.option("--name", required=True, help="Column of the covariate's name.")
@click.option("--value", required=True, help="Column of the covariate's value.")
@_shared_options
def covariates(series_id: str | None, period: str, name: str, value: str, **options: Any) -> None:
    """Upsert covariates, which are known ahead: promotions, prices, events."""
    _load("covariates", {"series_id": series_id, "period": period, "name": name, "value": value}, **options)


def _load(
    source_name: SourceName,
    columns: dict[str, str | None],
    file: Path,
    date_format: str | None,
    again: bool,
    replace: bool,
    config: Path | None,
) -> None:
    from flows.night.session import open_configured
    from tasks.loading.load import LoadRequest, load_file

    settings, database = open_configured(config)
    named = {ours: theirs for ours, theirs in columns.items() if theirs is not None}
    report = load_file(
        database,
        LoadRequest(source_name, file, named, again, replace, date_format),
        getattr(settings.source, source_name),
        timezone=settings.run.timezone,
        now=datetime.datetime.now(datetime.UTC),
    )
    _show(Console(), report, file)


def _show(console: Console, report: LoadReport, file: Path) -> None:
    console.note(f"Loaded {report.rows:,} rows of {file.name} into {report.table}.")
    for rejection in report.rejections:
        console.note(f"  rejected {rejection.rows:,}: {rejection.reason} (for example {rejection.example})")
    for note in report.notes:
        console.note(f"  {note}")
    if report.rejected_file is not None:
        console.note(f"The rejected rows are kept in {report.rejected_file}.")
