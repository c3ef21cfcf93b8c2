"""The value types of all storeys.

Dates inside the program are whole days since 1970-01-01 (``int``, or ``int32`` arrays); `to_day` and
`to_date` are the only places where they are converted.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import uuid6

from nightcast.errors import SettingsError

EPOCH = datetime.date(1970, 1, 1)

WHOLE = "all"
"""The segment of all customers or series, and the part that is a whole forecast."""

MOST_BINS = 12
"""The most bins of a forecast, ``later`` included: a stored row has a column for each but the last."""


class Product(StrEnum):
    """The products that Nightcast forecasts; each is published separately."""

    NEXT_VISIT = "next_visit"
    SALES = "sales"
    VISIT_COUNTS = "visit_counts"


def to_day(date: datetime.date) -> int:
    """The days from 1970-01-01 to `date`."""
    return (date - EPOCH).days


def to_date(day: int) -> datetime.date:
    """The calendar date of `day`, a number of days since 1970-01-01."""
    return EPOCH + datetime.timedelta(days=int(day))


def counted(number: int, noun: str) -> str:
    """A number with its noun, which takes an s but after 1."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def new_id() -> str:
    """A UUIDv7: unique, and sorted by time."""
    return str(uuid6.uuid7())


@dataclass(frozen=True)
class Bins:
    """Ranges of days counted from the as-of, the as-of day itself being day 1.

    Edges ``(7, 14)`` make the bins 1-7, 8-14 and ``later`` (after day 14, or never). Bins are numbered from 1.

    Raises:
        SettingsError: if the edges are empty, not positive or do not increase.
    """

    edges: tuple[int, ...]

    def __post_init__(self) -> None:
        edges = self.edges
        if not edges or edges[0] < 1 or any(a >= b for a, b in itertools.pairwise(edges)):
            raise SettingsError(
                f"bin_edges_days is {list(edges)}, but bin edges are whole days of at least 1, each above the last.",
                "Write them in increasing order, for example bin_edges_days = [7, 14, 28, 56].",
            )

    @classmethod
    def of(cls, edges: Sequence[int]) -> Bins:
        """Bins with these edges."""
        return cls(tuple(int(edge) for edge in edges))

    @property
    def count(self) -> int:
        """The number of bins, ``later`` included."""
        return len(self.edges) + 1

    @property
    def horizon(self) -> int:
        """The last edge: how many days ahead the bins distinguish."""
        return self.edges[-1]

    @property
    def ranges(self) -> list[tuple[int, int | None]]:
        """The first and last day of each bin; ``later`` has no last day."""
        starts = [1, *(edge + 1 for edge in self.edges)]
        return list(zip(starts, [*self.edges, None], strict=True))

    @property
    def labels(self) -> list[str]:
        """The label of each bin: ``1-7``, ``8-14``, ``later``."""
        return [f"{first}-{last}" if first != last else str(first) for first, last in self.ranges[:-1]] + ["later"]


@dataclass(frozen=True)
class Part:
    """A part of a forecast, reviewed as soon as its days are over.

    Attributes:
        name: the label of a bin, the numbers of a stretch's first and last step, such as ``1-7``, or `WHOLE`.
        last_day: its last day, in days since 1970-01-01.
    """

    name: str
    last_day: int


@dataclass(frozen=True)
class Evaluation:
    """One metric of a model at one as-of, with the baseline's value.

    Attributes:
        day: the as-of, in days since 1970-01-01.
        segment: name of the customers, series, or part of the forecast that was measured.
        metric: name of the metric.
        value: value of the model.
        baseline: name of the baseline.
        baseline_value: value of the baseline.
    """

    day: int
    segment: str
    metric: str
    value: float
    baseline: str
    baseline_value: float
