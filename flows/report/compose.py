"""The contents of the report: sentences and sections, with their charts drawn."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flows.report import words
from flows.report.blocks import Figure, Part
from flows.report.charts.painter import Painter
from flows.report.read import Findings, read
from flows.report.sections.customers import who_is_due, who_is_lapsing
from flows.report.sections.models import models
from flows.report.sections.notes import notes
from flows.report.sections.sales import sales_totals, single_series
from flows.report.sections.trust import trust
from flows.report.sections.visits import visits_per_day
from flows.report.sentences import Sentence, five
from nightcast import __version__
from sql.engine import Database

SECTIONS = (who_is_due, who_is_lapsing, visits_per_day, sales_totals, single_series, trust, models, notes)
"""The sections in order; one that has nothing to say is left out."""


@dataclass(frozen=True)
class Report:
    """What the page shows.

    Attributes:
        as_of: the newest as-of that is shown; None before the first night.
        title: its heading.
        about: the line below it.
        sentences: the morning's five.
        parts: the sections.
        made: when and by what it was made.
    """

    as_of: datetime.date | None
    title: str
    about: str
    sentences: list[Sentence]
    parts: list[Part]
    made: str

    @property
    def figures(self) -> Iterator[Figure]:
        """Every chart."""
        return (block for part in self.parts for block in part.blocks if isinstance(block, Figure))


def compose(database: Database, timezone: str, painter: Painter) -> Report:
    """The report of what readers see now.

    Raises:
        NightcastError: if the charts cannot be drawn.
    """
    findings = read(database)
    report = composed(findings, datetime.datetime.now(ZoneInfo(timezone)))
    figures = list(report.figures)
    for figure, svg in zip(figures, painter.draw([figure.spec for figure in figures]), strict=True):
        figure.svg = svg
    return report


def composed(findings: Findings, now: datetime.datetime) -> Report:
    """The report without its charts."""
    as_of = findings.as_of
    parts = [part for section in SECTIONS if (part := section(findings)) is not None]
    return Report(
        as_of,
        f"The night of {words.date(as_of)}" if as_of else "No night yet",
        _about(findings, now),
        five(findings, now.date()),
        parts,
        f"Made by Nightcast {__version__} on {words.moment(now)}.",
    )


def _about(findings: Findings, now: datetime.datetime) -> str:
    published = [run.published_at for run in findings.shown.values()]
    if not published:
        return "`nightcast run` publishes the first one."
    return f"Published on {words.moment(max(published).astimezone(now.tzinfo))}."
