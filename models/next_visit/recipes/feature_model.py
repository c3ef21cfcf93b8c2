"""Models that read customers' features, which several of them can share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.common.description import attempt, damaged
from models.common.recipe import Description
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.intervals import Rows
from models.next_visit.features.background import Background
from models.next_visit.features.customers import Features, customer_features
from models.next_visit.features.hazards import at_least, from_hazards, from_log_odds, log_odds, matching_level, raised
from models.next_visit.features.purchases import Purchases
from models.next_visit.recipes.model import NextVisitModel, for_everybody
from nightcast.values import Bins

MOST_ROWS = 8192
"""Customers whose features are held at a time, where sequences are no longer than 16 intervals."""

FEWEST_ROWS = 256
MOST_BALANCED = 20_000
LARGEST_BALANCE = 0.15
"""In log odds. What is beyond shows that Pareto/NBD does not describe the shop; then it does not lead the network."""

Fitted = TypeVar("Fitted", bound="FeatureModel")


@dataclass(frozen=True, eq=False)
class FeatureModel(ABC):
    """A model that forecasts from customers' features.

    Attributes:
        bins: the bins that it gives probabilities of.
        look_back: how many intervals the features are made of.
        background: the statistical models that the features are made with.
        balance: float64 (K - 1), what is added to the log odds of each bin's hazard; see `balanced`.
    """

    recipe: ClassVar[str]
    bins: Bins
    look_back: int
    background: Background
    balance: NDArray[np.float64]

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


def balanced(model: Fitted, known: CustomerBase) -> Fitted:
    """The model with the balance of the customers, or of an even sample, that are known at the as-of of fitting.

    In training, every landmark has the level at which Pareto/NBD expects the observed visits, so the model learns how
    customers differ. At the as-of they are unlike those of all landmarks: in a young shop, they have waited longer than
    anybody before. So Pareto/NBD at its level says how many visits are expected in all, unless it is far off.
    """
    rows = known.rows.every(max(1, known.rows.size // MOST_BALANCED))
    if not rows.size:
        return model
    background, bins = model.background, model.bins
    level = background.level.expected(np.array([known.as_of]))
    hazards = background.pareto_nbd.bin_hazards(Purchases.at(known.history, rows), bins)
    expected = from_hazards(from_log_odds(log_odds(hazards) + level))[:, :-1].sum(axis=0)
    balance = matching_level(_estimates([model], known, rows)[0], expected)
    return replace(model, balance=np.clip(balance, -LARGEST_BALANCE, LARGEST_BALANCE))


def balance_of(description: Description, bins: Bins, name: str = "balance") -> NDArray[np.float64]:
    """The balance, or another number for each bin but the last, of a described model.

    Raises:
        InputError: if it is missing or not one finite number for each bin.
    """
    balance = attempt(lambda: np.array(description[name], dtype=np.float64), f"the {name}")
    if balance.shape != (bins.count - 1,) or not np.isfinite(balance).all():
        raise damaged(f"its {name} is not one finite number for each bin")
    return balance


def _shared(models: Sequence[FeatureModel], known: CustomerBase) -> list[NDArray[np.float64]]:
    """The probabilities of models that read the same features."""
    least = models[0].background.pareto_nbd.least_hazards(models[0].bins)
    results = zip(models, _estimates(models, known, known.rows), strict=True)
    return [for_everybody(known, at_least(raised(result, model.balance), least)) for model, result in results]


def _estimates(models: Sequence[FeatureModel], known: CustomerBase, rows: Rows) -> list[NDArray[np.float64]]:
    """The estimates of models that read the same features, for these rows of the customers, before any balance."""
    first = models[0]
    size = max(FEWEST_ROWS, MOST_ROWS * 16 // max(first.look_back, 16))
    level = first.background.level.expected(np.array([known.as_of]))[0]
    results = [np.empty((rows.size, first.bins.count)) for _ in models]
    for number, chunk in enumerate(rows.chunks(size)):
        features = customer_features(known.history, chunk, first.bins, first.look_back, first.background)
        part = slice(number * size, number * size + chunk.size)
        for model, result in zip(models, results, strict=True):
            result[part] = model.estimate(features, level)
    return results
