"""``nightcast backtest``: evaluate the recipes on past as-ofs."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.commands.options import PRODUCT, DateParameter, config_option, listing_options
from flows.console import Console, Form, Row
from nightcast.values import Product

if TYPE_CHECKING:
    from tasks.upkeep.backtest import Score

ORIGINS = 3

FOR_PROGRAMS = ("segment", "recipe", "as_ofs", "wape_mean", "predicted_returners", "realised_returners", "seconds")
"""Columns that a table leaves out, so that each row fits on a line."""


@click.command("backtest")
@click.argument("product", type=PRODUCT)
@click.option(
    "--as-of", "requested", type=DateParameter(), multiple=True, help="Forecast from this as-of; may be repeated."
)
@click.option(
    "--origins",
    type=click.IntRange(1, 100),
    help=f"Number of as-ofs, the newest whose horizon is over.  [default: {ORIGINS}]",
)
@listing_options
@config_option
def command(
    product: str, requested: tuple[datetime.date, ...], origins: int | None, form: Form, config: Path | None
) -> None:
    """Forecast PRODUCT from past as-ofs, and evaluate the forecasts.

    At each as-of every recipe and the baseline are fitted on what was known then; `served` is the recipe that would
    have served that night. The as-ofs are a horizon apart for sales, and 28 days for next_visit. --json and --csv also
    list segments of customers or series. Nothing is written to the database.

    \b
    Examples:
      nightcast backtest sales
      nightcast backtest next_visit --origins 6 --csv > scores.csv
    """
    from flows.night.prepared import unopened_night
    from flows.night.request import NightRequest
    from flows.night.session import open_configured, resolved_as_of
    from tasks.products import PRODUCTS
    from tasks.upkeep.backtest import Backtest, means

    if requested and origins is not None:
        raise click.UsageError("Give either --as-of or --origins.")
    console = Console()
    settings, database = open_configured(config)
    as_of = resolved_as_of(NightRequest(), settings)
    night = unopened_night(Product(product), as_of, settings, database)
    backtest = Backtest(night, PRODUCTS[night.product])
    as_ofs, primary = backtest.as_ofs(requested, origins or ORIGINS), backtest.past.primary
    if len(as_ofs) < (origins or 0):
        console.note(f"The history has room for {len(as_ofs)} as-ofs only.")
    scores: list[Score] = []
    for number, as_of in enumerate(as_ofs, start=1):
        console.note(f"as-of {as_of} ({number} of {len(as_ofs)})")
        for score in backtest.scores(as_of, console.note):
            scores.append(score)
            _note_score(console, score, primary)
    _show(console, _ordered([*scores, *means(scores)], primary), form)
    console.note("Nothing was written to the database.")


def _note_score(console: Console, score: Score, primary: str) -> None:
    from tasks.upkeep.backtest import EVERYONE

    if score.segment == EVERYONE:
        value = score.figures.get(primary, math.nan)
        console.note(f"  {score.model}: {primary.replace('_', ' ')} {value:.4f} in {score.seconds:.1f} s")


def _ordered(scores: list[Score], primary: str) -> list[Score]:
    """Sorted by as-of, means last; then by segment, all first; then by the primary metric, best first."""
    from tasks.upkeep.backtest import EVERYONE

    return sorted(
        scores,
        key=lambda score: (
            score.as_of or datetime.date.max,
            score.segment != EVERYONE,
            score.segment,
            score.figures.get(primary, math.inf),
        ),
    )


def _show(console: Console, scores: Sequence[Score], form: Form) -> None:
    from tasks.upkeep.backtest import EVERYONE

    names = list(dict.fromkeys(name for score in scores for name in score.figures))
    if form == "table":
        one = len({score.as_of for score in scores}) == 2  # one as-of, and its mean, which is the same
        shown = [score for score in scores if score.segment == EVERYONE and not (one and score.as_of is None)]
        console.rows([_for_people(score, names) for score in shown], hidden=FOR_PROGRAMS)
    else:
        console.rows([_row(score, names) for score in scores], form)


def _for_people(score: Score, names: Sequence[str]) -> Row:
    row = _row(score, names)
    model = score.model if score.model == score.recipe else f"{score.model}: {score.recipe}"
    return row | {"model": model}


def _row(score: Score, names: Sequence[str]) -> Row:
    """One row; the as-of of a mean is ``mean``."""
    return {
        "as_of": score.as_of or "mean",
        "segment": score.segment,
        "model": score.model,
        "recipe": score.recipe,
        "as_ofs": score.as_ofs,
        **{name: score.figures.get(name) for name in names},
        "seconds": round(score.seconds, 3),
    }
