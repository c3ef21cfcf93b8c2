"""Box plots, with each name above its box, since names may be long and screens narrow.

A box spans the quartiles, and whiskers reach to the farthest value within 1.5 interquartile ranges of it (Tukey, 1977,
"Exploratory Data Analysis"). Values far from all boxes are counted at the edge and not drawn: they would compress
everything else.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from models.common.arrays import Floats
from studies.charts import BoxPlot
from studies.page.svg import COLOURS, FAINT, INK, MARK, NAMES, Entry, panel, to_svg
from studies.verdicts.wording import rounded

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME_WIDTH = 66
"""Characters in a line of a name."""

LINE, BOX, GAP = 0.15, 0.17, 0.1
"""Heights in inches: of a line of a name, of a box, and between them."""

BOTTOM = 0.5
"""Height of the axis, in inches."""

MOST_POINTS = 60
"""Points drawn outside the whiskers of one box; of more, evenly spaced ones in their order are drawn."""

BEYOND = 0.6
"""Distance outside all whiskers within which values are drawn, as a share of the span between those."""

MANY = 8
"""Boxes from which the axis is also shown at the top."""


@dataclass(frozen=True, eq=False)
class Row:
    """A box and its position.

    Attributes:
        lines: Lines of the name above it.
        y: The centre of the box, in inches from the top.
        box: As Matplotlib's `bxp` takes it; None where no value is finite.
    """

    lines: list[str]
    y: float
    box: dict[str, Any] | None


def draw_box_plot(chart: BoxPlot, prefix: str) -> tuple[str, list[Entry]]:
    """A box plot as SVG, and its legend."""
    rows, height = _rows(chart)
    marks = {name: value for name, value in chart.marks.items() if name in chart.samples and np.isfinite(value)}
    low, high = limits([row.box for row in rows if row.box is not None], list(marks.values()))
    with panel(height + BOTTOM) as (figure, axes):
        axes.set(xlim=(low, high), ylim=(height, 0), yticks=[], xlabel=chart.axis)
        axes.tick_params(top=len(rows) >= MANY, labeltop=len(rows) >= MANY)
        axes.spines["left"].set_visible(False)
        _draw_boxes(axes, rows)
        for row, name in zip(rows, chart.samples, strict=True):
            _write(axes, row, low, high)
            if name in marks:
                axes.plot(marks[name], row.y, "D", color=MARK, markersize=4.5, zorder=5)
        return to_svg(figure, prefix), _legend(bool(marks), chart.mark)


def limits(boxes: list[dict[str, Any]], marks: list[float]) -> tuple[float, float]:
    """The limits of the axis: all whiskers and marks, and values not too far from them."""
    core = np.array([edge for box in boxes for edge in (box["whislo"], box["whishi"])] + marks)
    if not core.size:
        return 0.0, 1.0
    span = float(np.ptp(core)) or abs(float(core[0])) * 0.1 or 1.0
    outside = np.concatenate([core, *(np.append(box["all_fliers"], box["mean"]) for box in boxes)])
    near = outside[(outside >= core.min() - BEYOND * span) & (outside <= core.max() + BEYOND * span)]
    margin = 0.04 * (float(np.ptp(near)) or span)
    return float(near.min()) - margin, float(near.max()) + margin


def box_of(values: Floats) -> dict[str, Any] | None:
    """The statistics of a box; None where no value is finite.

    Args:
        values: (n,); those that are not finite are left out.
    """
    from matplotlib.cbook import boxplot_stats

    values = values[np.isfinite(values)]
    if not values.size:
        return None
    (box,) = boxplot_stats(values)
    fliers = np.sort(box["fliers"])
    spread = np.linspace(0, len(fliers) - 1, min(MOST_POINTS, len(fliers))).round().astype(np.int64)
    return {**box, "fliers": fliers[spread], "all_fliers": fliers}


def _rows(chart: BoxPlot) -> tuple[list[Row], float]:
    """The rows from the top down, and their total height in inches."""
    rows, top = [], 0.0
    for name, values in chart.samples.items():
        diverged = int(np.count_nonzero(~np.isfinite(values)))
        full = f"{name} ({diverged:,} of {len(values):,} diverged)" if diverged else name
        lines = textwrap.wrap(full, NAME_WIDTH) or [""]
        y = top + LINE * len(lines) + BOX / 2 + 0.03
        rows.append(Row(lines, y, box_of(values)))
        top = y + BOX / 2 + GAP
    return rows, top


def _draw_boxes(axes: Axes, rows: list[Row]) -> None:
    drawn = [row for row in rows if row.box is not None]
    line = {"color": COLOURS[0], "linewidth": 0.9}
    axes.bxp(
        [row.box for row in drawn if row.box is not None],
        positions=[row.y for row in drawn],
        widths=BOX,
        orientation="horizontal",
        manage_ticks=False,
        showmeans=True,
        patch_artist=True,
        boxprops={"facecolor": COLOURS[0] + "30", "edgecolor": COLOURS[0], "linewidth": 0.9},
        medianprops=line | {"linewidth": 1.8},
        whiskerprops=line,
        capprops=line,
        meanprops={"marker": "o", "markersize": 3.5, "markerfacecolor": INK, "markeredgecolor": INK},
        flierprops={"marker": ".", "markersize": 2.5, "markerfacecolor": COLOURS[0], "markeredgewidth": 0},
    )


def _write(axes: Axes, row: Row, low: float, high: float) -> None:
    """Write the name above the box and, at the end of its line, what lies beyond the axis."""
    place, top = axes.get_yaxis_transform(), row.y - BOX / 2 - 0.03
    axes.text(0, top, "\n".join(row.lines), transform=place, ha="left", va="bottom", linespacing=1.15)
    outside = "" if row.box is None else beyond(row.box, low, high)
    axes.text(1, top, outside, transform=place, ha="right", va="bottom", color=FAINT, fontsize=7)


def beyond(box: dict[str, Any], low: float, high: float) -> str:
    """The number of values beyond the axis, the farthest of them, and the mean if it lies beyond, too."""
    fliers, mean = box["all_fliers"], box["mean"]
    sides = ((fliers[fliers < low], 0, "below"), (fliers[fliers > high], -1, "above"))
    counts = [f"{len(far):,} {side}, to {rounded(far[end])}" for far, end, side in sides if len(far)]
    return "; ".join(counts if low <= mean <= high else [*counts, f"mean {rounded(mean)}"])


def _legend(marked: bool, mark: str) -> list[Entry]:
    boxes = Entry("quartiles and median, whiskers within 1.5 interquartile ranges", NAMES[COLOURS[0]], "area")
    means = Entry("mean of the repeats", NAMES[INK], "dot")
    return [boxes, means, *([Entry(mark or "published", NAMES[MARK], "diamond")] if marked else [])]
