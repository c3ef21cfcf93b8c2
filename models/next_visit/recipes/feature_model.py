"""Models that read customers' features, which several of them can share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.features.background import Background
from models.next_visit.features.customers import Features, customer_features
from models.next_visit.features.hazards import at_least
from models.next_visit.recipes.model import NextVisitModel, for_everybody
from nightcast.values import Bins

MOST_ROWS = 8192
"""Customers whose features are held at a time, where sequences are no longer than 16 intervals."""

FEWEST_ROWS = 256


@dataclass(frozen=True, eq=False)
class FeatureModel(ABC):
    """A model that forecasts from customers' features.

    Attributes:
        bins: the bins that it gives probabilities of.
        look_back: how many intervals the features are made of.
        background: the statistical models that the features are made with.
    """

    recipe: ClassVar[str]
    bins: Bins
    look_back: int
    background: Background

    @abstractmethod
    def estimate(self, features: Features, level: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability of each bin (r, K) for these customers, at a level of the time of (K - 1)."""

    def probabilities(self, known: CustomerBase) -> NDArray[np.float64]:
        """See `models.next_visit.recipes.model.NextVisitModel.probabilities`."""
        return _shared([self], known)[0]

    @property
    def reads(self) -> Hashable:
        """A key of everything besides the customers that its features depend on."""
        return self.bins, self.look_back, id(self.background)


def probabilities_of(models: Sequence[NextVisitModel], known: CustomerBase) -> list[NDArray[np.float64]]:
    """The probabilities of each model, (n, K); features that several of them read are computed once."""
    alike: dict[Hashable, list[FeatureModel]] = {}
    for model in models:
        if isinstance(model, FeatureModel):
            alike.setdefault(model.reads, []).append(model)
    shared = {
        id(model): probabilities
        for group in alike.values()
        for model, probabilities in zip(group, _shared(group, known), strict=True)
    }
    return [shared[id(model)] if id(model) in shared else model.probabilities(known) for model in models]


def _shared(models: Sequence[FeatureModel], known: CustomerBase) -> list[NDArray[np.float64]]:
    """The probabilities of models that read the same features."""
    first = models[0]
    size = _chunk(known.rows.size, first.look_back)
    level = first.background.level.expected(np.array([known.as_of]))[0]
    results = [np.empty((known.rows.size, first.bins.count)) for _ in models]
    for number, rows in enumerate(known.rows.chunks(size)):
        features = customer_features(known.history, rows, first.bins, first.look_back, first.background)
        features = features.padded(size)  # compiled networks read one shape
        part = slice(number * size, number * size + rows.size)
        for model, result in zip(models, results, strict=True):
            result[part] = model.estimate(features, level)[: rows.size]
    least = first.background.pareto_nbd.least_hazards(first.bins)
    return [for_everybody(known, at_least(result, least)) for result in results]


def _chunk(rows: int, look_back: int) -> int:
    """Rows handled at a time: a power of two, for few compiled shapes, and few where sequences are long."""
    most = max(FEWEST_ROWS, MOST_ROWS * 16 // max(look_back, 16))
    return min(most, 1 << max(rows - 1, 0).bit_length())
