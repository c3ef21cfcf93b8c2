"""The page of a study: one HTML file with verdicts, figures and charts, which refers to nothing outside itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np

from nightcast import __version__
from nightcast.files import write_whole
from studies.charts import BoxPlot
from studies.page.drawing import Drawing, draw
from studies.page.tables import summary_tables
from studies.results import StudyResult
from studies.run import StudyOutcome
from studies.settings import Published
from studies.verdicts.summary import FIGURES, SummaryRow


def write_page(path: Path, outcome: StudyOutcome) -> None:
    """Write the page, whole or not at all.

    Args:
        path: An HTML file; an existing one is replaced.
        outcome: The study that was run.

    Raises:
        InputError: if the file cannot be written.
    """
    write_whole(path, page(outcome))


def page(outcome: StudyOutcome) -> str:
    """The page as text."""
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"tight": _tight, "svg": Markup}
    template = environment.from_string((files("studies") / "page" / "study.html").read_text(encoding="utf-8"))
    settings, result = outcome.file.settings, outcome.result
    return template.render(
        settings=settings,
        configurations=result.configurations,
        notes=result.notes,
        verdicts=outcome.verdicts,
        columns=list(FIGURES.values()),
        tables=list(summary_tables(settings.metric, outcome.rows)),
        drawings=list(_drawings(settings.metric, result, outcome.rows)),
        about=_about(outcome),
    )


def _drawings(metric: str, result: StudyResult, rows: Sequence[SummaryRow]) -> Iterator[Drawing]:
    """The box plot of the study's metric, and then the study's own charts."""
    published = {row.configuration: row.published for row in rows if row.metric == metric and row.published}
    boxes = BoxPlot(
        title=f"{metric} over the repeats of each configuration",
        axis=metric,
        samples={one.name: one.scores[metric] for one in result.configurations if metric in one.scores},
        marks={name: _mark(figures) for name, figures in published.items()},
        mark="published" if any(one.value is not None for one in published.values()) else "published mean",
    )
    yield draw(boxes, "boxes")
    yield from (draw(chart, f"chart{place}") for place, chart in enumerate(result.charts, 1))


def _mark(published: Published) -> float:
    figure = published.mean if published.value is None else published.value
    return np.nan if figure is None else figure


def _about(outcome: StudyOutcome) -> dict[str, str]:
    """How the study was run."""
    settings = outcome.file.settings
    return {
        "Study": settings.name,
        "Study file": f"{outcome.file.path.name}, SHA-256 {outcome.file.sha256}",
        "Repeats": f"{settings.repeats:,} of each configuration",
        "Seed": str(settings.seed),
        "Started": f"{outcome.started_at:%Y-%m-%d %H:%M:%S} UTC",
        "Duration": f"{outcome.seconds:,.1f} s",
        "Program": f"Nightcast {__version__}",
    }


def _tight(text: str) -> str:
    """Text whose lines never break before a percent sign."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")
