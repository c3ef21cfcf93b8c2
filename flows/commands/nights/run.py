"""``nightcast run``: one night, or a backfill of several."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import click

from flows.commands.options import (
    DateRangeParameter,
    config_option,
    is_debug,
    is_verbose,
    listing_options,
    log_format_option,
    products_option,
    retrain_option,
)
from flows.console import Console, Form, Row
from flows.console.terminal_log import LogForm, log_to_terminal, logger
from nightcast import __version__
from nightcast.errors import NightcastError
from nightcast.values import Product

FOR_PROGRAMS = ("dry_run", "run_id")
"""Columns that a table leaves out."""

MINOR = ("seconds", "rows_rejected", "rows_written")
"""Columns that a table leaves out where it would be too wide."""


@click.command("run")
@click.option(
    "--as-of", "as_ofs", type=DateRangeParameter(), help="Date to forecast from, or a range D..D; default: today."
)
@products_option
@retrain_option("Whether to train; auto: if there is no champion, or it is too old, or its settings have changed.")
@click.option("--dry-run", is_flag=True, help="Compute everything and write nothing.")
@click.option("--again", is_flag=True, help="Forecast dates of a range again that are already published.")
@listing_options
@log_format_option
@config_option
def command(
    as_ofs: list[datetime.date] | None,
    products: tuple[str, ...],
    retrain: Any,
    dry_run: bool,
    again: bool,
    form: Form,
    log_format: LogForm,
    config: Path | None,
) -> int:
    """Run one night: read the sources, train or load the models, forecast, publish.

    \b
    Examples:
      nightcast run
      nightcast run --as-of 2026-03-01 --product sales
      nightcast run --as-of 2026-02-01..2026-02-28     backfills a month; run it again to resume
    """
    log_to_terminal(log_format)
    logger.info("Nightcast %s: checking the settings, the database and the sources", __version__)
    from flows.night.request import NightRequest
    from flows.server.start import COMMAND_LINE, run_nights

    request = NightRequest(
        products=[Product(name) for name in products] or None,
        retrain=retrain,
        dry_run=dry_run,
        again=again or as_ofs is None or len(as_ofs) == 1,
        config=config,
        trigger=COMMAND_LINE,
    )
    nights = run_nights(as_ofs or [None], request, quiet=not is_verbose())
    console, results = Console(), [result for night in nights for result in night.results]
    outcomes = [result for result in results if not isinstance(result, BaseException)]
    for night in nights:
        if night.skipped:
            console.note(f"The night was {night.skipped}.")
    if not results and not any(night.skipped for night in nights):
        console.note("Every date of the range is published already; --again forecasts them again.")
    if outcomes or form == "json":
        console.rows([outcome_row(result) for result in outcomes], form, hidden=FOR_PROGRAMS, minor=MINOR)
    failures = [result for result in results if isinstance(result, BaseException)]
    for failure in failures:
        _show_error(console, failure)
    if form == "table" and not dry_run:
        from flows.commands.nights.after_first import say_what_is_next

        say_what_is_next(console, config, [outcome.run_id for outcome in outcomes if outcome.run_id])
    return max((exit_code(failure) for failure in failures), default=0)


def outcome_row(outcome: Any) -> Row:
    """The outcome of a product's night, as a row to show."""
    row: Row = outcome.model_dump(include={"product", "as_of", "subjects", "rows_written", "rows_rejected", "served"})
    return row | {
        "published": not outcome.dry_run,
        "dry_run": outcome.dry_run,
        "seconds": outcome.seconds,
        "decision": outcome.decision,
        "notes": "; ".join(outcome.notes) or None,
        "run_id": outcome.run_id,
    }


def exit_code(failure: BaseException) -> int:
    """The exit code that a failure leads to."""
    return failure.exit_code if isinstance(failure, NightcastError) else 1


def _show_error(console: Console, failure: BaseException) -> None:
    if is_debug():
        console.traceback(failure)
    if isinstance(failure, NightcastError):
        console.error(failure.reason, failure.remedy)
    else:
        console.unexpected(failure)
