"""Charts as data; `page` draws them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from models.common.arrays import Floats


@dataclass(frozen=True, eq=False)
class BoxPlot:
    """Distributions side by side.

    Attributes:
        title: Title of the chart.
        axis: The values, with their unit.
        samples: By name, (n,) each.
        marks: Values to compare some of them with, such as published means.
        mark: The name of the marks.
    """

    title: str
    axis: str
    samples: dict[str, Floats]
    marks: dict[str, float] = field(default_factory=dict)
    mark: str = ""


@dataclass(frozen=True, eq=False)
class LineChart:
    """Lines over a common axis.

    Attributes:
        title: Title of the chart.
        x_axis: The name of x, with its unit.
        y_axis: The name of y, with its unit.
        lines: By name, x and y of equal length; NaN leaves a gap.
        bands: By the name of a line, x, low and high of the range around it.
    """

    title: str
    x_axis: str
    y_axis: str
    lines: dict[str, tuple[Floats, Floats]]
    bands: dict[str, tuple[Floats, Floats, Floats]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Histogram:
    """Overlaid distributions.

    Attributes:
        title: Title of the chart.
        axis: The values, with their unit.
        samples: By name, (n,) each.
    """

    title: str
    axis: str
    samples: dict[str, Floats]


@dataclass(frozen=True, eq=False)
class HeatMap:
    """Values as colours.

    Attributes:
        title: Title of the chart.
        x_axis: The name of the columns.
        y_axis: The name of the rows, the first at the top.
        values: (rows, columns).
        scale: The values, with their unit.
        x_labels: Labels of the columns; by default numbers from 0.
        y_labels: Labels of the rows; by default numbers from 0.
    """

    title: str
    x_axis: str
    y_axis: str
    values: Floats
    scale: str = ""
    x_labels: tuple[str, ...] = ()
    y_labels: tuple[str, ...] = ()


Chart: TypeAlias = BoxPlot | LineChart | Histogram | HeatMap
