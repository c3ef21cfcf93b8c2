"""Draws charts as SVG, without titles and legends, which the page sets as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.common.arrays import Floats
from studies.charts import BoxPlot, Chart, HeatMap, Histogram, LineChart
from studies.page.box_plots import draw_box_plot
from studies.page.svg import COLOURS, FAINT, Entry, nth_entry, panel, to_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 2.9
"""Of a chart, in inches, unless it depends on the data."""

MOST_POINTS = 1200
"""Points of a line; more are thinned, so that a page stays small."""

FEW_POINTS = 30
"""Points of a line, up to which each is marked."""

MOST_BARS = 50
"""Bars of a histogram."""

SHARE_DRAWN = (0.5, 99.5)
"""Percentiles between which a histogram is always drawn."""


@dataclass(frozen=True)
class Drawing:
    """A chart as a page shows it.

    Attributes:
        title: Title of the chart.
        svg: An `<svg>` element, with colours from the page's style sheet.
        legend: Its entries.
    """

    title: str
    svg: str
    legend: tuple[Entry, ...] = ()


def draw(chart: Chart, prefix: str) -> Drawing:
    """Draw a chart; the same chart always gives the same SVG.

    Args:
        chart: A chart of any type.
        prefix: Prefix of the identifiers in the SVG; unique on the page.
    """
    legend: list[Entry] = []
    if isinstance(chart, BoxPlot):
        svg, legend = draw_box_plot(chart, prefix)
    elif isinstance(chart, LineChart):
        svg, legend = _draw_lines(chart, prefix)
    elif isinstance(chart, Histogram):
        svg, legend = _draw_histogram(chart, prefix)
    else:
        svg = _draw_heat_map(chart, prefix)
    return Drawing(chart.title, svg, tuple(legend))


def thinned(x: Floats, y: Floats, most: int = MOST_POINTS) -> tuple[Floats, Floats]:
    """The minimum and maximum of each stretch of a line, so that it looks the same with `most` points.

    A stretch of nothing but NaN stays a gap; shorter gaps are closed.
    """
    if len(y) <= most:
        return x, y
    length = -(-len(y) // (most // 2))
    padded = np.pad(np.asarray(y, np.float64), (0, -len(y) % length), constant_values=np.nan).reshape(-1, length)
    least = np.where(np.isnan(padded), np.inf, padded).argmin(axis=1)
    greatest = np.where(np.isnan(padded), -np.inf, padded).argmax(axis=1)
    places = np.sort(np.stack([least, greatest], axis=1), axis=1) + np.arange(len(padded))[:, None] * length
    kept = np.minimum(places.ravel(), len(y) - 1)
    return x[kept], y[kept]


def _draw_lines(chart: LineChart, prefix: str) -> tuple[str, list[Entry]]:
    entries = [nth_entry(place, name) for place, name in enumerate(chart.lines)]
    with panel(HEIGHT) as (figure, axes):
        for place, (name, (x, y)) in enumerate(chart.lines.items()):
            colour = COLOURS[place % len(COLOURS)]
            _draw_line(axes, x, y, colour, entries[place].dashes)
            if name in chart.bands:
                _draw_band(axes, *chart.bands[name], colour)
        axes.set(xlabel=chart.x_axis, ylabel=chart.y_axis)
        axes.margins(x=0.02)
        return to_svg(figure, prefix), entries


def _draw_line(axes: Axes, x: Floats, y: Floats, colour: str, dashes: str) -> None:
    marker = "o" if np.count_nonzero(np.isfinite(y)) <= FEW_POINTS else None
    x, y = thinned(x, np.where(np.isfinite(y), y, np.nan))
    style = (0, tuple(float(length) for length in dashes.split())) if dashes else "-"
    axes.plot(x, y, color=colour, linestyle=style, linewidth=1.1, marker=marker, markersize=2.5)


def _draw_band(axes: Axes, x: Floats, low: Floats, high: Floats, colour: str) -> None:
    every = slice(None, None, -(-len(x) // MOST_POINTS) or 1)
    known = np.isfinite(low) & np.isfinite(high)
    low, high = np.where(known, low, np.nan), np.where(known, high, np.nan)
    axes.fill_between(x[every], low[every], high[every], color=colour, alpha=0.18, linewidth=0)


def _draw_histogram(chart: Histogram, prefix: str) -> tuple[str, list[Entry]]:
    samples = [values[np.isfinite(values)] for values in chart.samples.values()]
    edges = _edges(samples)
    beyond = sum(int(np.count_nonzero((values < edges[0]) | (values > edges[-1]))) for values in samples)
    with panel(HEIGHT) as (figure, axes):
        for place, values in enumerate(samples):
            shares = np.histogram(values, edges)[0] * (100 / max(len(values), 1))
            colour = COLOURS[place % len(COLOURS)]
            axes.stairs(shares, edges, color=colour, fill=True, alpha=0.18)
            axes.stairs(shares, edges, color=colour, linewidth=1.1)
        axes.set(xlabel=chart.axis + (f"; {beyond:,} values lie beyond" if beyond else ""), ylabel="share, %")
        axes.margins(x=0.02)
        return to_svg(figure, prefix), [nth_entry(place, name, "area") for place, name in enumerate(chart.samples)]


def _edges(samples: list[Floats]) -> Floats:
    """Common bar edges of all samples, by Rice's rule, over all but the farthest values."""
    pooled = np.concatenate([np.empty(0), *samples])
    if not pooled.size:
        return np.array([0.0, 1.0])
    low, high = np.percentile(pooled, SHARE_DRAWN)
    reach = high - low
    within = pooled[(pooled >= low - reach) & (pooled <= high + reach)]
    bars = min(MOST_BARS, int(np.ceil(2 * min(map(len, filter(len, samples))) ** (1 / 3))))
    return np.asarray(np.histogram_bin_edges(within, max(bars, 5)), np.float64)


def _draw_heat_map(chart: HeatMap, prefix: str) -> str:
    from matplotlib.ticker import MaxNLocator

    values = np.ma.masked_invalid(chart.values)
    rows, columns = values.shape
    with panel(float(np.clip(5.0 * rows / max(columns, 1), 1.8, 5.0))) as (figure, axes):
        axes.grid(visible=False)
        image = axes.imshow(values, cmap="viridis", aspect="auto", interpolation="nearest")
        for axis, labels in ((axes.xaxis, chart.x_labels), (axes.yaxis, chart.y_labels)):
            if labels:
                axis.set_ticks(range(len(labels)), labels)
            else:
                axis.set_major_locator(MaxNLocator("auto", integer=True))
        axes.set(xlabel=chart.x_axis, ylabel=chart.y_axis)
        bar = figure.colorbar(image, ax=axes, label=chart.scale)
        bar.outline.set_edgecolor(FAINT)
        return to_svg(figure, prefix)
