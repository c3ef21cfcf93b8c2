"""How far past totals lay from what was expected of them, in units of their standard deviation.

Errors of sums are no normal deviates: a Christmas or a storm moves all series at once, and gives a variance that most
days do not have. So a band of 80 % is as wide as the distance that 80 % of past totals kept, and that of 95 %
likewise. Few origins say little: the distances are drawn towards those of a normal distribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from models.common.arrays import Floats
from models.sales.recipes.model import BANDS, MEDIAN, QUANTILES
from models.sales.recipes.smoothing.forms import NORMAL
from models.sales.totals.spans import Span

STEP, FARTHEST = 0.01, 10.0
"""Distances are counted in steps, so that those of any number of series need little memory."""

SHRINKAGE = 10.0
"""The weight, in origins, of a normal distribution; that of `models.sales.totals.spread.SHRINKAGE`."""

NARROWEST, WIDEST = 0.5, 2.0
"""Bounds of the factors."""


@dataclass(eq=False)
class Distances:
    """The distances of past totals, all spans of a name together.

    Attributes:
        spans: J spans.
        count: Distances counted, by name and step.
    """

    spans: Sequence[Span]
    count: dict[str, Floats] = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is counted yet."""
        steps = round(FARTHEST / STEP) + 1
        self.count = {name: np.zeros(steps) for name in dict.fromkeys(span.name for span in self.spans)}

    def add(self, distance: Floats) -> None:
        """Count distances, (..., J); NaN where unknown."""
        for name, count in self.count.items():
            chosen = distance[..., [span.name == name for span in self.spans]]
            known = chosen[~np.isnan(chosen)]
            place = np.minimum(known / STEP, len(count) - 1).astype(np.int64)
            count += np.bincount(place, minlength=len(count))

    def factors(self, origins: int) -> Floats:
        """By how much the quantiles lie farther from the mean than those of a normal distribution, (J, Q).

        The deciles change like the band between the outer two.

        Args:
            origins: The number of past origins.
        """
        weight = origins / (origins + SHRINKAGE)
        by_name = {name: 1 + weight * (_found(count) - 1) for name, count in self.count.items()}
        return np.stack([by_name[span.name] for span in self.spans])


def _found(count: Floats) -> Floats:
    """The factors with which the bands would have covered their shares of the distances counted, (Q,)."""
    factors = np.ones(len(QUANTILES))
    if not count.any():
        return factors
    share = count.cumsum() / count.sum()
    for low, high in BANDS[:2]:
        reached = STEP * (np.searchsorted(share, QUANTILES[high] - QUANTILES[low]) + 0.5)
        factors[low] = factors[high] = np.clip(reached / NORMAL[high], NARROWEST, WIDEST)
    factors[1:-1], factors[MEDIAN] = factors[1], 1.0
    return factors
