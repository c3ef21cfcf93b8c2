"""The results of a benchmark: named figures with goals, as a table for people and as lines for scripts."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Goal:
    """A limit that a figure should not exceed, or should reach."""

    relation: Literal["<=", ">="]
    limit: float

    def holds(self, value: float) -> bool:
        """Whether the value meets the goal; NaN never does."""
        return value <= self.limit if self.relation == "<=" else value >= self.limit

    def __str__(self) -> str:
        return f"{self.relation} {number(self.limit)}"


@dataclass(frozen=True)
class Figure:
    """One measured value.

    Attributes:
        name: words joined by underscores, unique within a benchmark.
        value: in the unit of the name; shares and losses have none.
        goal: what the value should be; None without a goal.
    """

    name: str
    value: float
    goal: Goal | None = None

    @property
    def line(self) -> str:
        """``figure NAME VALUE``, and ``goal <= NUMBER`` or ``goal >= NUMBER`` where there is a goal."""
        return f"figure {self.name} {number(self.value)}" + (f" goal {self.goal}" if self.goal else "")


def number(value: float) -> str:
    """Whole numbers in full, others with up to six significant digits; without separators and exponents."""
    if not math.isfinite(value):
        return str(value)
    if value == int(value):
        return str(int(value))
    decimals = max(0, 5 - math.floor(math.log10(abs(value))))
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text


def table(figures: Iterable[Figure], title: str) -> str:
    """A table of the figures with their goals, and whether they are met."""
    rows = [(figure.name.replace("_", " "), number(figure.value), *_verdict(figure)) for figure in figures]
    rows.insert(0, (title, "value", "goal", ""))
    name, value, goal = (max(len(row[column]) for row in rows) for column in range(3))
    return "\n".join(f"{row[0]:<{name}}  {row[1]:>{value}}  {row[2]:<{goal}}  {row[3]}".rstrip() for row in rows)


def _verdict(figure: Figure) -> tuple[str, str]:
    if figure.goal is None:
        return "", ""
    return str(figure.goal), "met" if figure.goal.holds(figure.value) else "missed"
