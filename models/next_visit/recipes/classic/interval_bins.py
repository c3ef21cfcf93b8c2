"""Classes of the next interval, and how their probabilities become those of bins counted from the as-of.

With I the next interval and no visit in the `elapsed` days before the as-of, the visit comes on days a to b of the
forecast with ``P(elapsed + a - 1 <= I <= elapsed + b - 1) / P(I >= elapsed)``. A classifier gives the probability of
each class of intervals only; inside a class, the open one included, intervals are distributed like those of training.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.common.description import attempt, damaged
from nightcast.values import Bins

LONGEST_INTERVAL = 36_600
"""Days of a century; a longer interval counts as one of these."""


@dataclass(frozen=True, eq=False)
class IntervalBins:
    """Classes of intervals, and how often each length was seen in training.

    Attributes:
        edges: where the classes begin in days, after the one from 0 on: ``(40, 60)`` makes [0, 40), [40, 60) and
            60 and more.
        counts: int64 (days), how many training intervals had 0, 1, 2, ... days.
    """

    edges: tuple[int, ...]
    counts: NDArray[np.int64]

    @classmethod
    def fit(cls, edges: tuple[int, ...], intervals: ArrayLike) -> IntervalBins:
        """The classes with the distribution of these completed intervals, in days."""
        days = np.minimum(np.asarray(intervals, dtype=np.int64), LONGEST_INTERVAL)
        return cls(edges, np.bincount(days, minlength=1))

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(self.edges) + 1

    def label(self, intervals: ArrayLike) -> NDArray[np.int64]:
        """The class of each interval, numbered from 0."""
        return np.searchsorted(np.asarray(self.edges), np.asarray(intervals), side="right").astype(np.int64)

    def one_hot(self, intervals: ArrayLike) -> NDArray[np.float32]:
        """The class of each interval as a row with a single 1: (r, classes)."""
        return np.eye(self.classes, dtype=np.float32)[self.label(intervals)]

    def seen(self, elapsed: NDArray[np.int64]) -> NDArray[np.int64]:
        """The number of training intervals that were at least `elapsed` days long."""
        at_least: NDArray[np.int64] = np.append(np.cumsum(self.counts[::-1])[::-1], 0)
        return at_least[np.minimum(elapsed, self.counts.size)]

    def from_as_of(
        self, probabilities: NDArray[np.floating[Any]], elapsed: NDArray[np.int64], bins: Bins
    ) -> NDArray[np.float64]:
        """Probability of each bin from the as-of on, given that the elapsed time has passed: (r, K).

        A class that no training interval fell into gets no probability. A row whose elapsed time was longer than
        every training interval gets ``later``.

        Args:
            probabilities: probabilities of the classes for a whole interval, (r, classes).
            elapsed: int64 (r), days from the last visit to the as-of.
            bins: the K bins to forecast.
        """
        weights = np.clip(probabilities.astype(np.float64), 1e-9, 1.0)
        waited = np.minimum(elapsed[:, None] - 1 + np.array([0, *bins.edges]), self.counts.size - 1)
        survival = np.column_stack([(weights * self._longer[days]).sum(axis=1) for days in waited.T])
        waiting = survival[:, :1] > 0
        survival = np.where(waiting, survival / np.where(waiting, survival[:, :1], 1.0), 1.0)
        return np.column_stack([survival[:, :-1] - survival[:, 1:], survival[:, -1]])

    @cached_property
    def _longer(self) -> NDArray[np.float64]:
        """Share of each class's training intervals that were longer than 0, 1, 2, ... days: (days, classes)."""
        of_class = self.one_hot(np.arange(self.counts.size)) * self.counts[:, None].astype(np.float64)
        longer = np.zeros_like(of_class)
        longer[:-1] = np.cumsum(of_class[:0:-1], axis=0)[::-1]
        shares: NDArray[np.float64] = longer / np.maximum(of_class.sum(axis=0), 1.0)
        return shares

    def describe(self) -> dict[str, Any]:
        """The lengths that occurred, and how often, as plain numbers, for JSON."""
        days = np.flatnonzero(self.counts)
        return {"edges": list(self.edges), "days": days.tolist(), "counts": self.counts[days].tolist()}

    @classmethod
    def described(cls, values: Any) -> IntervalBins:
        """The bins that `describe` described.

        Raises:
            InputError: if the numbers are missing or no counts.
        """
        edges = attempt(lambda: Bins.of(values["edges"]).edges, "the classes of intervals")
        days, seen = (
            attempt(lambda key=key: np.asarray(values[key], dtype=np.int64).reshape(-1), "the training intervals")  # type: ignore[misc]
            for key in ("days", "counts")
        )
        if days.size != seen.size or (days < 0).any() or (days > LONGEST_INTERVAL).any() or (seen < 0).any():
            raise damaged("its training intervals are no counts of days")
        counts = np.zeros(int(days.max(initial=0)) + 1, dtype=np.int64)
        counts[days] = seen
        return cls(edges, counts)
