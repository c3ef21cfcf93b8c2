"""The page of a study: one HTML file with its verdicts, figures and charts, which points nowhere outside itself."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import numpy as np

from nightcast.errors import InputError
from studies.charts import BoxPlot
from studies.page.drawing import Drawing, draw
from studies.results import StudyResult
from studies.settings import Published, StudySettings
from studies.summary import SummaryRow
from studies.verdicts import Verdict

COLUMNS = {
    "mean": "mean",
    "std": "std",
    "minimum": "min",
    "lower_quartile": "25 %",
    "median": "50 %",
    "upper_quartile": "75 %",
    "maximum": "max",
}
"""Of the summary table, and how they are headed."""

DIGITS = 6
"""Of the figures in the summary table, in units of the largest usual one."""

LARGEST = 1e9
"""Beyond it, figures are written with an exponent."""

ABBREVIATIONS = ("mae", "mape", "mse", "rmse", "smape")
"""Within the names of metrics."""

UNKNOWN = "–"  # noqa: RUF001  (a dash, not a minus)


@dataclass(frozen=True)
class Table:
    """The summary by one metric.

    Attributes:
        metric: Its name.
        lines: One for each configuration.
        has_published: Whether anything was published of it.
    """

    metric: str
    lines: list[Line]
    has_published: bool


@dataclass(frozen=True)
class Line:
    """One configuration in a table.

    Attributes:
        name: The configuration's.
        count: Repeats that did not diverge.
        diverged: The others.
        cells: Measured and published, where published, by column.
    """

    name: str
    count: int
    diverged: int
    cells: list[tuple[str, str]]


def write_page(
    path: Path,
    settings: StudySettings,
    result: StudyResult,
    rows: Sequence[SummaryRow],
    verdicts: Sequence[Verdict],
    about: dict[str, str],
) -> None:
    """Write the page, whole or not at all.

    Args:
        path: An HTML file; one that is there is replaced.
        settings: Of the study.
        result: What it found.
        rows: The summary table; what was published stands in them.
        verdicts: On claims and published figures.
        about: How it was run, such as the version and the seconds it took, beside repeats and seed.

    Raises:
        InputError: where the file cannot be written.
    """
    text = page(settings, result, rows, verdicts, about)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InputError(
            f"{path} cannot be written: {error.strerror}.", "Name a file in a folder that is there."
        ) from error


def page(
    settings: StudySettings,
    result: StudyResult,
    rows: Sequence[SummaryRow],
    verdicts: Sequence[Verdict],
    about: dict[str, str],
) -> str:
    """The page as text; see `write_page`."""
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"words": _words, "tight": _tight, "svg": Markup}
    template = environment.from_string((files("studies") / "page" / "study.html").read_text(encoding="utf-8"))
    return template.render(
        settings=settings,
        configurations=result.configurations,
        notes=result.notes,
        verdicts=verdicts,
        columns=list(COLUMNS.values()),
        tables=list(_tables(settings.metric, rows)),
        drawings=list(_drawings(settings.metric, result, rows)),
        about=_how_it_was_run(settings, about),
    )


def _tables(metric: str, rows: Sequence[SummaryRow]) -> Iterator[Table]:
    """A table for each metric: the study's own first, the others in their order."""
    for one in sorted(dict.fromkeys(row.metric for row in rows), key=lambda name: name != metric):
        of_metric = [row for row in rows if row.metric == one]
        decimals = _decimals([row.mean for row in of_metric])
        lines = [_line(row, decimals) for row in of_metric]
        yield Table(one, lines, any(row.published for row in of_metric))


def _line(row: SummaryRow, decimals: int) -> Line:
    measured = [_figure(getattr(row, name), decimals) for name in COLUMNS]
    return Line(row.configuration, row.count, row.diverged, list(zip(measured, _published(row, decimals), strict=True)))


def _published(row: SummaryRow, decimals: int) -> list[str]:
    """What was published under each column; a single run's value under the mean."""
    if row.published is None:
        return [""] * len(COLUMNS)
    if row.published.value is not None:
        return [f"one run: {_as_published(row.published.value, decimals)}", *[""] * (len(COLUMNS) - 1)]
    figures = [getattr(row.published, name) for name in COLUMNS]
    return ["" if figure is None else _as_published(figure, decimals) for figure in figures]


def _decimals(means: list[float]) -> int:
    """Decimal places that show `DIGITS` digits of most of the means."""
    sizes = np.abs([mean for mean in means if np.isfinite(mean) and mean])
    return int(np.clip(DIGITS - 1 - np.floor(np.log10(np.median(sizes))), 0, 9)) if sizes.size else 0


def _figure(figure: float, decimals: int) -> str:
    if not np.isfinite(figure):
        return UNKNOWN
    if abs(figure) >= LARGEST:
        return f"{figure:.{DIGITS}g}"
    return f"{figure:,.{decimals if abs(figure) < 10**DIGITS / 10 else 0}f}"


def _as_published(figure: float, decimals: int) -> str:
    """No more digits than were published."""
    return _figure(figure, min(decimals, max(0, -int(Decimal(repr(figure)).as_tuple().exponent))))


def _drawings(metric: str, result: StudyResult, rows: Sequence[SummaryRow]) -> Iterator[Drawing]:
    """The box plot of the study's metric, if anything was measured by it, and then the study's own charts."""
    samples = {one.name: one.scores[metric] for one in result.configurations if metric in one.scores}
    if samples:
        published = {row.configuration: row.published for row in rows if row.metric == metric and row.published}
        yield draw(
            BoxPlot(
                title=f"How {_words(metric)} is spread over the repeats of each configuration",
                axis=_words(metric),
                samples=samples,
                marks={name: _mark(figures) for name, figures in published.items()},
                mark="published" if any(one.value is not None for one in published.values()) else "published mean",
            ),
            "boxes",
        )
    yield from (draw(chart, f"chart{place}") for place, chart in enumerate(result.charts, 1))


def _mark(published: Published) -> float:
    figure = published.mean if published.value is None else published.value
    return np.nan if figure is None else figure


def _how_it_was_run(settings: StudySettings, about: dict[str, str]) -> dict[str, str]:
    """What the file says, then what the caller says; each once."""
    facts = {"Study": settings.name, "Repeats": f"{settings.repeats:,}", "Seed": str(settings.seed)}
    return facts | {name[:1].upper() + name[1:]: text for name, text in about.items()}


def _words(metric: str) -> str:
    """A metric's name as it is read: `test_rmse` is test RMSE."""
    return " ".join(part.upper() if part in ABBREVIATIONS else part for part in metric.split("_"))


def _tight(text: str) -> str:
    """Text whose lines never break before a percent sign."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")
