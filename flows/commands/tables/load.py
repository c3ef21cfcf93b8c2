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
    from flows.settings import Settings
    from sql.settings import SourceName
    from tasks.loading.request import LoadReport, LoadRequest


@click.group("load")
def command() -> None:
    """Load a CSV (also .gz) or Parquet file into a source table, which is created if it does not exist.

    Rejected rows are counted, explained and kept in FILE.rejected.csv. Either all other rows are loaded, or none.

    \b
    Examples:
      nightcast load visits tills.csv --customer-id card --visited-at time --amount total
      nightcast load sales weeks.csv --series-id article --period week --value pieces
    """


DATE_FORMAT_HELP = (
    "Format of dates that are not in ISO 8601, such as %d/%m/%Y; or excel (day numbers), epoch-seconds, "
    "epoch-milliseconds, iso-week."
)
_DUPLICATES = click.Choice(["auto", "sum", "mean", "greatest", "error"])


def _shared_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.argument("file", type=click.Path(path_type=Path)),
        config_option,
        click.option("--preview", is_flag=True, help="Show the first rows as they would be loaded, and load nothing."),
        click.option("--replace", is_flag=True, help="Replace all rows of the table."),
        click.option("--again", is_flag=True, help="Load a file that was loaded before."),
        click.option(
            "--where",
            multiple=True,
            metavar="COL=VALUE",
            help="Only rows with this value, or with COL!=VALUE without it; may be repeated: several values of one "
            "column are alternatives.",
        ),
        click.option(
            "--thousands",
            type=click.Choice([".", ",", "'", "space", "none"]),
            help="What stands between thousands; by default as the numbers show.",
        ),
        click.option(
            "--decimal", type=click.Choice([".", ","]), help="Decimal separator; by default as the numbers show."
        ),
        click.option("--date-format", help=DATE_FORMAT_HELP),
    ):
        function = option(function)
    return function


def _group_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--group",
        "groups",
        multiple=True,
        metavar="COL",
        help="Column of a group, such as a store, kept under its name; may be repeated.",
    )(function)


def _duplicates_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--duplicates",
        type=_DUPLICATES,
        default="auto",
        show_default=True,
        help="What several rows of the file with one key mean: their sum, mean or greatest value, or an error; auto: "
        "identical rows count once, the greatest of others, unless more than 1 in 100 differ.",
    )(function)


@command.command("visits")
@click.option("--customer-id", required=True, help="Column of the customer.")
@click.option(
    "--visited-at",
    required=True,
    multiple=True,
    help="Column of the date or timestamp; given twice, the columns of the date and of the time of day.",
)
@click.option("--amount", help="Column of the amount spent, if there is one.")
@click.option("--add-known", is_flag=True, help="Add also visits that are in the table already.")
@_group_option
@_shared_options
def visits(customer_id: str, visited_at: tuple[str, ...], amount: str | None, **options: Any) -> None:
    """Append visits that the table does not have: of the same customer, moment and amount.

    \b
    Example:
      nightcast load visits tills.csv --customer-id card --visited-at time --amount total
    """
    if len(visited_at) > 2:
        raise click.UsageError("--visited-at is given at most twice: for the date, and for the time of day.")
    columns = {"customer_id": customer_id, "visited_at": visited_at[0], "amount": amount}
    _load("visits", columns, time_column=visited_at[1] if len(visited_at) == 2 else None, **options)


@command.command("sales")
@click.option("--series-id", required=True, help="Column of the series, such as a product, a shop or both.")
@click.option("--period", required=True, help="Column of the date.")
@click.option("--value", required=True, help="Column of the value sold.")
@_group_option
@_duplicates_option
@_shared_options
def sales(series_id: str, period: str, value: str, **options: Any) -> None:
    """Upsert sales by series and period; an empty value means unknown.

    \b
    Examples:
      nightcast load sales weeks.csv --series-id article --period week --value pieces --group store
      nightcast load sales lines.csv --series-id item --period day --value pieces --duplicates sum
    """
    _load("sales", {"series_id": series_id, "period": period, "value": value}, **options)


@command.command("covariates")
@click.option("--series-id", help="Column of the series; without it, the values apply to every series.")
@click.option("--period", required=True, help="Column of the date.")
@click.option("--name", required=True, help="Column of the covariate's name.")
@click.option("--value", required=True, help="Column of the covariate's value.")
@_duplicates_option
@_shared_options
def covariates(series_id: str | None, period: str, name: str, value: str, **options: Any) -> None:
    """Upsert covariates, which are known ahead: promotions, prices, events.

    \b
    Example:
      nightcast load covariates offers.csv --series-id item --period day --name kind --value price
    """
    _load("covariates", {"series_id": series_id, "period": period, "name": name, "value": value}, **options)


def _load(
    source_name: SourceName,
    columns: dict[str, str | None],
    file: Path,
    config: Path | None,
    preview: bool,
    groups: tuple[str, ...] = (),
    **options: Any,
) -> None:
    from flows.settings import load_settings
    from sql.filling.columns import GROUP
    from tasks.loading.request import LoadRequest

    named = {ours: theirs for ours, theirs in columns.items() if theirs is not None}
    named |= {GROUP + column: column for column in groups}
    settings = load_settings(config)
    with_bookings = settings.source.visits.future == "known"
    request = LoadRequest(source_name, file, named, with_bookings=with_bookings, **options)
    (_preview if preview else _load_rows)(request, settings)


def _load_rows(request: LoadRequest, settings: Settings) -> None:
    from flows.night.session import open_checked
    from tasks.loading.load import load_file

    database = open_checked(settings)
    source, now = getattr(settings.source, request.source_name), datetime.datetime.now(datetime.UTC)
    report = load_file(database, request, source, timezone=settings.run.timezone, now=now)
    _show(Console(), report, request)


def _preview(request: LoadRequest, settings: Settings) -> None:
    from tasks.loading.preview import preview_file

    console = Console()
    source, now = getattr(settings.source, request.source_name), datetime.datetime.now(datetime.UTC)
    preview = preview_file(request, source, timezone=settings.run.timezone, now=now)
    console.rows([_exact(row) for row in preview.rows], empty=f"{request.path.name} has no rows.")
    for note in preview.notes:
        console.note(f"  {note}")
    console.note("Nothing was loaded.")


def _exact(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose numbers a table does not round: whether they are read rightly is the question."""
    return {name: f"{value:.15g}" if isinstance(value, float) else value for name, value in row.items()}


def _show(console: Console, report: LoadReport, request: LoadRequest) -> None:
    rows = f"{report.rows:,} row{'' if report.rows == 1 else 's'}"
    console.note(f"Loaded {rows} of {request.path.name} into {report.table}.{_known(report, request)}")
    for rejection in report.rejections:
        console.note(f"  rejected {rejection.rows:,}: {rejection.reason} (for example {rejection.example})")
    for note in report.notes:
        console.note(f"  {note}")
    if report.rejected_file is not None:
        console.note(f"The rejected rows are kept in {report.rejected_file}.")


def _known(report: LoadReport, request: LoadRequest) -> str:
    """A sentence about rows that were in the table before."""
    if not report.rows_known:
        return ""
    if request.source_name == "visits":
        known = f"{report.rows_known:,}; --add-known adds them, too"
        return f" In the table already, the same in every column, and not added: {known}."
    return f" Rows of the table that they replace: {report.rows_known:,}."
