"""Visits to windows: the intervals before each interval that is forecast, and which windows train and test."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from models.common.arrays import Integers, Singles
from models.next_visit.recipes.classic.channels import interval_channels
from models.next_visit.recipes.classic.interval_bins import IntervalBins
from models.next_visit.recipes.classic.training import split
from models.next_visit.recipes.classic.windows import completed_intervals, spread_evenly, windows_at
from nightcast.errors import InputError
from studies.intervals.settings import WindowSettings
from studies.intervals.visits import Visits

FEWEST = 50
"""Windows without which train, validation and test say nothing."""


@dataclass(frozen=True, eq=False)
class Intervals:
    """The intervals that are forecast, and what comes before them.

    Attributes:
        visits: All.
        last: int64 (n,), the position of the visit that each interval begins with.
        days: int64 (n,), each interval.
        bins: int64 (n,), its bin, from 0 on.
        classes: The bins.
    """

    visits: Visits
    last: Integers
    days: Integers
    bins: Integers
    classes: IntervalBins

    @classmethod
    def of(cls, visits: Visits, settings: WindowSettings) -> Intervals:
        """Every interval with enough intervals of the same customer before it.

        Raises:
            InputError: if there are too few.
        """
        first = visits.first
        last, days = completed_intervals(first, visits.day)
        enough = last - first[last] >= settings.intervals_before
        last, days = last[enough], days[enough]
        if last.size < FEWEST:
            raise InputError(
                f"Only {last.size} intervals have {settings.intervals_before} others of the same customer before them, "
                f"but a study needs {FEWEST}.",
                "Bring more visits, or lower intervals_before in [windows].",
            )
        taken = spread_evenly(last.size, settings.most)
        classes = IntervalBins.fit(settings.edges_days, days[taken])
        return cls(visits, last[taken], days[taken], classes.label(days[taken]), classes)

    def inputs(self, look_back: int) -> Singles:
        """What a network reads: whether there is an interval, and its scaled logarithm, (n, look_back, 2)."""
        unknown = np.full(self.visits.day.size, np.nan)
        return interval_channels(
            windows_at(self.visits.first[self.last], self.last, self.visits.day, unknown, look_back)
        )

    @property
    def one_hot(self) -> Singles:
        """The bin of each interval as a row with a single 1, (n, bins)."""
        return self.classes.one_hot(self.days)

    @property
    def labels(self) -> list[str]:
        """What the bins are called."""
        edges = [0, *self.classes.edges]
        return [*(f"{low}-{high - 1}" for low, high in itertools.pairwise(edges)), f"{edges[-1]} or more"]


@dataclass(frozen=True, eq=False)
class Splits:
    """Which intervals each repeat learns from, and which it is tested on, in random order.

    Attributes:
        train: int64 (repeats, trained).
        test: int64 (repeats, tested).
    """

    train: Integers
    test: Integers

    @classmethod
    def draw(cls, total: int, share: float, repeats: int, seed: int) -> Splits:
        """Random splits, the same for every configuration.

        Args:
            total: How many intervals there are.
            share: Of them that is tested.
            repeats: How many splits.
            seed: Of the study.
        """
        seeds = np.random.SeedSequence(seed).generate_state(repeats)
        train, test = zip(*(split(total, share, int(one)) for one in seeds), strict=True)
        return cls(np.stack(train), np.stack(test))

    def part(self, repeats: slice | Integers) -> Splits:
        """Those of some repeats."""
        return Splits(self.train[repeats], self.test[repeats])

    def within(self, share: float) -> Splits:
        """The training part split again, its last intervals being those that candidates are compared on."""
        kept = max(1, int(self.train.shape[1] * share))
        return Splits(self.train[:, :-kept], self.train[:, -kept:])
