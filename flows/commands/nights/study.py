"""``nightcast study``: an experiment repeated many times."""

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
    from studies.run import StudyOutcome
    from studies.verdicts.judge import Verdict
    from studies.verdicts.summary import SummaryRow

PROGRESS_SECONDS = 5.0
"""Seconds between two reports of progress."""


@click.command("study")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", "page", type=click.Path(path_type=Path), help="The page; FILE.html in this folder unless given."
)
@click.option("--repeats", type=int, help="Repeats of each configuration, instead of those in the file.")
@click.option("--save/--no-save", default=True, help="Store it in the tables study and study_score (default), or not.")
@listing_options
@config_option
def command(file: Path, page: Path | None, repeats: int | None, save: bool, form: Form, config: Path | None) -> None:
    """Run the study in FILE: all its configurations, each many times.

    Shows statistics of the scores beside published figures, and whether the repeats confirm the claims of the file.
    Also writes them, with charts, as one HTML page. --json and --csv give every metric. A study whose data come from a
    file or are generated needs neither settings nor a database.

    \b
    Examples:
      nightcast study shampoo.toml
      nightcast study shampoo.toml --repeats 5 --no-save -o shampoo.html
    """
    from flows.study_session import StudyRequest, open_study

    console = Console()
    opened = open_study(StudyRequest(file=file, page=page, repeats=repeats, save=save, config=config))
    settings, count = opened.file.settings, len(opened.file.settings.configurations)
    console.note(f"{settings.title or settings.name}: {count} configurations, {settings.repeats:,} repeats of each")
    outcome = opened.run(_progress(console))
    page_written = opened.write_page(outcome)
    show(console, outcome, form)
    console.note(f"Took {outcome.seconds:,.1f} s. Page: {page_written}")
    study_id = opened.keep(outcome)
    console.note(f"Saved as study {study_id}." if study_id else f"Not saved: {opened.unsaved}.")


def _progress(console: Console) -> Progress:
    """Reports of progress, not too often."""
    last = time.monotonic()

    def report(share: float) -> None:
        nonlocal last
        if time.monotonic() - last >= PROGRESS_SECONDS:
            last = time.monotonic()
            console.note(f"  {share:.0%}")

    return report


def show(console: Console, outcome: StudyOutcome, form: Form = "table", metrics: Sequence[str] = ()) -> None:
    """Show the summary and the verdicts.

    Args:
        console: Where they are shown.
        outcome: The study that was run.
        form: JSON and CSV list every metric.
        metrics: Metrics to show tables of; by default the study's metric.
    """
    if form == "table":
        for metric in metrics or [outcome.file.settings.metric]:
            chosen = [row for row in outcome.rows if row.metric == metric]
            console.rows([_for_people(row) for row in chosen], title=metric, empty=f"Nothing has the metric {metric}.")
        console.rows([_verdict_row(verdict) for verdict in outcome.verdicts], empty="The study file has no claims.")
    else:
        console.rows([_row(row, outcome.verdicts) for row in outcome.rows], form)
        for verdict in outcome.verdicts:
            console.note(f"{verdict.holds}: {verdict.sentences}")


def _for_people(row: SummaryRow) -> Row:
    from studies.verdicts.summary import FIGURES

    published = row.published
    return {
        "configuration": row.configuration,
        "count": row.count,
        "diverged": row.diverged or None,
        **{title: _known(getattr(row, name)) for name, title in FIGURES.items()},
        "published": None if published is None else published.mean if published.value is None else published.value,
        "published std": None if published is None else published.std,
    }


def _verdict_row(verdict: Verdict) -> Row:
    return {"verdict": verdict.holds, "finding": verdict.sentences}


def _row(row: SummaryRow, verdicts: Sequence[Verdict]) -> Row:
    from studies.verdicts.summary import FIGURES

    published = row.published
    return {
        "configuration": row.configuration,
        "metric": row.metric,
        "count": row.count,
        "diverged": row.diverged,
        **{name: _known(getattr(row, name)) for name in FIGURES},
        "published_value": published.value if published else None,
        "published_mean": published.mean if published else None,
        "published_std": published.std if published else None,
        "verdict": next((verdict.holds for verdict in verdicts if _is_about(verdict, row)), None),
    }


def _is_about(verdict: Verdict, row: SummaryRow) -> bool:
    """Whether a verdict is about the published figure of a row."""
    about = (verdict.kind, verdict.configuration, verdict.metric)
    return about == ("published", row.configuration, row.metric)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
