"""``nightcast study``: an experiment repeated until its noise is seen."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.commands.options import config_option, listing_options
from flows.console import Console, Form, Row

if TYPE_CHECKING:
    from models.common.selection import Progress
    from studies.study import StudyOutcome
    from studies.summary import SummaryRow
    from studies.verdicts import Verdict

TELL_SECONDS = 5.0
"""Between two words about how far it is."""


@click.command("study")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", "page", type=click.Path(path_type=Path), help="The page; FILE.html in this folder unless given."
)
@click.option("--repeats", type=int, help="Of each configuration, in place of the file's.")
@click.option("--save/--no-save", default=True, help="Keep it in the tables study and study_score (default), or not.")
@listing_options
@config_option
def command(file: Path, page: Path | None, repeats: int | None, save: bool, form: Form, config: Path | None) -> None:
    """Run the study that FILE describes: its configurations side by side, each many times.

    Shows how the scores of each configuration are spread, beside what was published, and whether the repeats confirm
    what the file claims; and writes all of it, with charts, as one HTML page. --json and --csv give every metric. A
    study whose data are in a file, or generated, needs neither settings nor a database.
    """
    from flows.study_session import StudyRequest, open_study

    console = Console()
    opened = open_study(StudyRequest(file=file, page=page, repeats=repeats, save=save, config=config))
    settings, count = opened.file.settings, len(opened.file.configurations)
    console.note(f"{settings.title or settings.name}: {count} configurations, {settings.repeats:,} repeats of each")
    outcome = opened.run(_teller(console))
    written = opened.write_page(outcome)
    show(console, outcome, form)
    console.note(f"It took {outcome.seconds:,.1f} s. The page: {written}")
    study_id = opened.keep(outcome)
    console.note(f"Saved as study {study_id}." if study_id else f"Nothing was saved: {opened.unsaved}.")


def _teller(console: Console) -> Progress:
    last = time.monotonic()

    def tell(share: float) -> None:
        nonlocal last
        if time.monotonic() - last >= TELL_SECONDS:
            last = time.monotonic()
            console.note(f"  {share:.0%}")

    return tell


def show(console: Console, outcome: StudyOutcome, form: Form = "table", metrics: Sequence[str] = ()) -> None:
    """Show the summary, and the verdicts.

    Args:
        console: Where to.
        outcome: What was found.
        form: Programs get every metric in one listing.
        metrics: What people get a table of; the study's metric unless given.
    """
    from flows.study_session import verdict_sentences

    if form == "table":
        for metric in metrics or [outcome.file.settings.metric]:
            chosen = [row for row in outcome.rows if row.metric == metric]
            console.rows([_for_people(row) for row in chosen], title=metric, empty=f"Nothing was measured by {metric}.")
        console.rows([_verdict_row(verdict) for verdict in outcome.verdicts], empty="It claims nothing.")
    else:
        console.rows([_row(row, outcome.verdicts) for row in outcome.rows], form)
        for verdict in outcome.verdicts:
            console.note(f"{verdict.holds}: {verdict_sentences(verdict)}")


def _for_people(row: SummaryRow) -> Row:
    published = row.published
    return {
        "configuration": row.configuration,
        "count": row.count,
        "diverged": row.diverged or None,
        "mean": _known(row.mean),
        "std": _known(row.std),
        "min": _known(row.minimum),
        "25 %": _known(row.lower_quartile),
        "50 %": _known(row.median),
        "75 %": _known(row.upper_quartile),
        "max": _known(row.maximum),
        "published": None if published is None else published.mean if published.value is None else published.value,
        "published std": None if published is None else published.std,
    }


def _verdict_row(verdict: Verdict) -> Row:
    from flows.study_session import verdict_sentences

    return {"verdict": verdict.holds, "finding": verdict_sentences(verdict)}


def _row(row: SummaryRow, verdicts: Sequence[Verdict]) -> Row:
    published = row.published
    return {
        "configuration": row.configuration,
        "metric": row.metric,
        "count": row.count,
        "diverged": row.diverged,
        "mean": _known(row.mean),
        "std": _known(row.std),
        "minimum": _known(row.minimum),
        "lower_quartile": _known(row.lower_quartile),
        "median": _known(row.median),
        "upper_quartile": _known(row.upper_quartile),
        "maximum": _known(row.maximum),
        "published_value": published.value if published else None,
        "published_mean": published.mean if published else None,
        "published_std": published.std if published else None,
        "verdict": next((found.holds for found in verdicts if _is_about(found, row)), None),
    }


def _is_about(verdict: Verdict, row: SummaryRow) -> bool:
    """Whether a verdict is on what was published of a row."""
    about = (verdict.kind, verdict.configuration, verdict.metric)
    return about == ("published", row.configuration, row.metric)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
