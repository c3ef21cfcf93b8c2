"""The summary tables of a page: one for each metric, measured and published figures side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from studies.verdicts.summary import FIGURES, SummaryRow

DIGITS = 6
"""Digits of most means in a table; other figures have the same decimals."""

LARGEST = 1e9
"""From here on, figures are written with an exponent."""

UNKNOWN = "–"  # noqa: RUF001  (a dash, not a minus)


@dataclass(frozen=True)
class Line:
    """One configuration in a table.

    Attributes:
        name: The configuration's.
        count: Repeats that did not diverge.
        diverged: The number of the others.
        cells: Measured and published figure of each column; empty where nothing was published.
    """

    name: str
    count: int
    diverged: int
    cells: list[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """The summary by one metric.

    Attributes:
        metric: Its name.
        lines: One for each configuration.
        has_published: Whether there are published figures.
    """

    metric: str
    lines: list[Line]
    has_published: bool


def summary_tables(metric: str, rows: Sequence[SummaryRow]) -> Iterator[Table]:
    """A table for each metric, the study's own first.

    Args:
        metric: The study's.
        rows: Rows of all configurations and metrics.
    """
    for one in sorted(dict.fromkeys(row.metric for row in rows), key=lambda name: name != metric):
        of_metric = [row for row in rows if row.metric == one]
        decimals = _decimals([row.mean for row in of_metric])
        lines = [_line(row, decimals) for row in of_metric]
        yield Table(one, lines, any(row.published for row in of_metric))


def _line(row: SummaryRow, decimals: int) -> Line:
    measured = [_figure(getattr(row, name), decimals) for name in FIGURES]
    return Line(row.configuration, row.count, row.diverged, list(zip(measured, _published(row, decimals), strict=True)))


def _published(row: SummaryRow, decimals: int) -> list[str]:
    """The published figure of each column; the value of a single run stands under the mean."""
    if row.published is None:
        return [""] * len(FIGURES)
    if row.published.value is not None:
        return [f"one run: {_as_published(row.published.value, decimals)}", *[""] * (len(FIGURES) - 1)]
    figures = [getattr(row.published, name) for name in FIGURES]
    return ["" if figure is None else _as_published(figure, decimals) for figure in figures]


def _decimals(means: list[float]) -> int:
    """The decimals with which the median of the means has `DIGITS` digits."""
    sizes = np.abs([mean for mean in means if np.isfinite(mean) and mean])
    return int(np.clip(DIGITS - 1 - np.floor(np.log10(np.median(sizes))), 0, 9)) if sizes.size else 0


def _figure(figure: float, decimals: int) -> str:
    if not np.isfinite(figure):
        return UNKNOWN
    if abs(figure) >= LARGEST:
        return f"{figure:.{DIGITS}g}"
    return f"{figure:,.{decimals if abs(figure) < 10**DIGITS / 10 else 0}f}"


def _as_published(figure: float, decimals: int) -> str:
    """With no more digits than were published."""
    return _figure(figure, min(decimals, max(0, -int(Decimal(repr(figure)).as_tuple().exponent))))
