"""Charts as data: what is shown, not how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from models.common.arrays import Floats


@dataclass(frozen=True, eq=False)
class BoxPlot:
    """Distributions side by side.

    Attributes:
        title: Says what is seen.
        axis: What the values are, with their unit.
        samples: By name, (n,) each.
        marks: Values to compare some of them with, such as published means.
        mark: What a mark is.
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
        title: Says what is seen.
        x_axis: What x is, with its unit.
        y_axis: What y is, with its unit.
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
    """Distributions over each other.

    Attributes:
        title: Says what is seen.
        axis: What the values are, with their unit.
        samples: By name, (n,) each.
    """

    title: str
    axis: str
    samples: dict[str, Floats]


@dataclass(frozen=True, eq=False)
class HeatMap:
    """Values as colours.

    Attributes:
        title: Says what is seen.
        x_axis: What the columns are.
        y_axis: What the rows are, the first at the top.
        values: (rows, columns).
        scale: What the values are, with their unit.
    """

    title: str
    x_axis: str
    y_axis: str
    values: Floats
    scale: str = ""


Chart: TypeAlias = BoxPlot | LineChart | Histogram | HeatMap
