"""Windows: the intervals before each interval to forecast, and their random splits into training and test."""

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
from studies.data import Visits
from studies.intervals.settings import WindowSettings

FEWEST = 50
"""Windows below which training, validation and test parts are too small."""


@dataclass(frozen=True, eq=False)
class Intervals:
    """The intervals to forecast.

    Attributes:
        visits: All visits.
        last: int64 (n,), the position of the visit from which each interval is counted.
        days: int64 (n,), the length of each interval.
        bins: int64 (n,), the bin of each interval, from 0 on.
        classes: The bins.
    """

    visits: Visits
    last: Integers
    days: Integers
    bins: Integers
    classes: IntervalBins

    @classmethod
    def of(cls, visits: Visits, settings: WindowSettings) -> Intervals:
        """Every interval with enough earlier intervals of the same customer.

        Raises:
            InputError: if there are too few of them.
        """
        first = visits.first
        last, days = completed_intervals(first, visits.day)
        enough = last - first[last] >= settings.intervals_before
        last, days = last[enough], days[enough]
        if last.size < FEWEST:
            raise InputError(
                f"{last.size} intervals have {settings.intervals_before} earlier ones of the same customer. A study "
                f"needs {FEWEST} of them.",
                "Give it more visits, or lower intervals_before in [windows].",
            )
        taken = spread_evenly(last.size, settings.most)
        classes = IntervalBins.fit(settings.edges_days, days[taken])
        return cls(visits, last[taken], days[taken], classes.label(days[taken]), classes)

    def inputs(self, look_back: int) -> Singles:
        """Inputs of a network: whether there is an interval, and its scaled logarithm, (n, look_back, 2)."""
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
        """The names of the bins."""
        edges = [0, *self.classes.edges]
        return [*(f"{low}-{high - 1}" for low, high in itertools.pairwise(edges)), f"{edges[-1]} or more"]


@dataclass(frozen=True, eq=False)
class Splits:
    """Training and test windows of each repeat, in random order.

    Attributes:
        train: int64 (repeats, training windows).
        test: int64 (repeats, test windows).
    """

    train: Integers
    test: Integers

    @classmethod
    def draw(cls, total: int, share: float, repeats: int, seed: int) -> Splits:
        """Random splits, the same for every configuration.

        Args:
            total: The number of windows.
            share: The share of the test windows.
            repeats: The number of splits.
            seed: Seed of the study.
        """
        seeds = np.random.SeedSequence(seed).generate_state(repeats)
        train, test = zip(*(split(total, share, int(one)) for one in seeds), strict=True)
        return cls(np.stack(train), np.stack(test))

    def part(self, repeats: slice | Integers) -> Splits:
        """The splits of some repeats."""
        return Splits(self.train[repeats], self.test[repeats])

    def within(self, share: float) -> Splits:
        """The training part split again: its last windows, a share of them, are the validation part."""
        kept = max(1, int(self.train.shape[1] * share))
        return Splits(self.train[:, :-kept], self.train[:, -kept:])
