"""``nightcast tune``: search for better settings."""

from __future__ import annotations

import datetime
import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.commands.options import PRODUCT, DateParameter, config_option, listing_options
from flows.console import Console, Form, Row
from nightcast.values import Product

if TYPE_CHECKING:
    from sql.ledger.searches import StoredTrial

SHOWN = 10
"""Trials in the table, the best first."""


@click.command("tune")
@click.argument("product", type=PRODUCT)
@click.option(
    "--minutes", type=click.FloatRange(0, min_open=True), default=30.0, show_default=True, help="Stop after this time."
)
@click.option("--trials", type=click.IntRange(1), help="Stop after this many further trials, if that is sooner.")
@click.option(
    "--as-of", type=DateParameter(), help="Search on what was known then; default: resume the last search, else today."
)
@listing_options
@config_option
def command(
    product: str, minutes: float, trials: int | None, as_of: datetime.date | None, form: Form, config: Path | None
) -> None:
    """Search for better settings of PRODUCT's network, by Bayesian optimisation.

    Every trial trains the network on what was known before the origins of a night's gate, and is stored in the table
    search_trial. A search can be interrupted at any time and resumed by the same command, as long as it is younger
    than retrain_after_days. The best settings become one more candidate of the next training; the gate decides
    whether they serve.

    \b
    Examples:
      nightcast tune sales --minutes 60
      nightcast tune next_visit --trials 20
    """
    from flows.night.prepared import prepared_source, unopened_night
    from flows.night.request import NightRequest
    from flows.night.session import open_configured, resolved_as_of
    from tasks.plan import better_settings, search_at
    from tasks.products import PRODUCTS
    from tasks.upkeep.tune import Limits, open_search, tune

    console = Console()
    settings, database = open_configured(config)
    steps, today = PRODUCTS[Product(product)], resolved_as_of(NightRequest(as_of=as_of), settings)
    night = unopened_night(steps.name, today, settings, database)
    prepared = prepared_source(night)
    current = search_at(night, steps, prepared, night.question.as_of) if as_of else open_search(night, steps, prepared)
    if current.as_of != night.question.as_of:
        night = unopened_night(steps.name, current.as_of, settings, database)
        prepared = prepared_source(night)
    console.note(f"Searching at {current.as_of} for {minutes:g} minutes; Ctrl-C stops the search and keeps its trials.")
    limits, tuning = Limits(minutes * 60, trials), steps.tuning(night.sections, prepared)
    known, new = tune(night, tuning, current, limits, lambda trial: _note_trial(console, trial))
    best_first = sorted(known, key=lambda trial: trial.value if math.isfinite(trial.value) else math.inf)
    if form == "table":
        console.rows([_for_people(trial) for trial in best_first[:SHOWN]])
    else:
        console.rows([_row(trial) for trial in best_first], form)
    console.note(_verdict(better_settings(known), new, len(known)))


def _note_trial(console: Console, trial: StoredTrial) -> None:
    console.note(f"trial {trial.number}: {trial.value:.4f} in {trial.seconds:.1f} s")


def _row(trial: StoredTrial) -> Row:
    value = trial.value if math.isfinite(trial.value) else None
    return {"trial": trial.number, "value": value, "seconds": round(trial.seconds, 1), **trial.parameters}


def _for_people(trial: StoredTrial) -> Row:
    settings = ", ".join(f"{name} = {value:.3g}" for name, value in trial.parameters.items())
    return {"trial": trial.number, "value": f"{trial.value:.4f}", "seconds": trial.seconds, "settings": settings}


def _verdict(better: dict[str, int | float] | None, new: int, total: int) -> str:
    tried = f"{new} trial{'' if new == 1 else 's'}, {total} in all. "
    if better is None:
        return f"{tried}No trial was better than the present settings (trial 0)."
    return (
        f"{tried}The best settings become a candidate of the next training, by `nightcast run --retrain always` or the "
        "next night, and serve if they win."
    )
