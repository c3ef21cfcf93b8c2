"""What Pareto/NBD reads of a customer: how often they came, for how long, and how long ago."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.intervals import Rows
from models.next_visit.data.visits import VisitHistory

HALF_DAY = 0.5
LARGEST_KEY = 2**62


@dataclass(frozen=True, eq=False)
class Purchases:
    """The purchases that the model reads, of customers at their as-ofs.

    Attributes:
        repeats: float64 (r), visit days after the first.
        recency: float64 (r), days from the first visit day to the last.
        age: float64 (r), days from noon of the first visit day to the morning of the as-of.
    """

    repeats: NDArray[np.float64]
    recency: NDArray[np.float64]
    age: NDArray[np.float64]

    @classmethod
    def at(cls, history: VisitHistory, rows: Rows) -> Purchases:
        """The purchases of these customers at these days, before which each needs a visit day."""
        first = history.day[history.offsets[rows.customer]].astype(np.float64)
        recency = (history.day[rows.end - 1] - first).astype(np.float64)
        return cls(rows.visit_days(history).astype(np.float64) - 1.0, recency, rows.day - first - HALF_DAY)

    def __getitem__(self, part: slice | NDArray[np.intp]) -> Purchases:
        """Some of the rows."""
        return Purchases(self.repeats[part], self.recency[part], self.age[part])

    def distinct(self) -> tuple[Purchases, NDArray[np.int64], NDArray[np.int64]]:
        """Each combination once, in order; which of them each row has; and how many rows have it."""
        key = _keys((self.repeats, self.recency, self.age))
        order = np.argsort(key)
        is_new = np.diff(key[order], prepend=-1) > 0
        place = np.empty(key.size, dtype=np.int64)
        place[order] = np.cumsum(is_new) - 1
        starts = np.flatnonzero(is_new)
        return self[order[starts]], place, np.diff(starts, append=key.size)


def _keys(columns: Sequence[NDArray[np.float64]]) -> NDArray[np.int64]:
    """One number for each row, that sorts like its values: whole and half numbers count as they are, others by rank."""
    halves = [(2.0 * column).astype(np.int64) for column in columns]
    ranges = [int(np.ptp(half)) + 1 if half.size else 1 for half in halves]
    is_exact = all(np.array_equal(half, 2.0 * column) for half, column in zip(halves, columns, strict=True))
    if not is_exact or math.prod(ranges) > LARGEST_KEY:
        halves = [np.unique(column, return_inverse=True)[1] for column in columns]
        ranges = [column.size + 1 for column in columns]
    key = np.zeros(columns[0].size, dtype=np.int64)
    for half, count in zip(halves, ranges, strict=True):
        key = key * count + (half - half.min(initial=np.iinfo(np.int64).max))
    return key
