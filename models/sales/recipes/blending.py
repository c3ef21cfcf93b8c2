"""Several models' forecasts as one: weights by greedy selection, and bands of the right width.

Weights come from ensemble selection with replacement (Caruana, Niculescu-Mizil, Crew and Ksikes, 2004): in each round,
the candidate is added whose share makes the mean of all added so far best. Quantiles are averaged level by level
(Vincent, 1912), which keeps their order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from models.common.arrays import Flags, Floats
from models.sales.recipes.model import BANDS, MEDIAN, QUANTILES

ROUNDS = 10
"""Candidates that are added, with replacement: weights are multiples of one tenth."""

ROUNDING = 1e-9
"""A loss has to fall by more than this share: the mean of two equal candidates is no better than one."""

NARROWEST, WIDEST = 0.5, 2.0
"""Bounds of the factor by which a band's width may be changed."""

ENOUGH = 200
"""Fewest observed values from which the width of a band is estimated."""

TOLERANCE, ORIGINS_OF_TOLERANCE = 0.25, 3
"""A band whose width is wrong by no more than this share, estimated at so many origins, is left as it is.

One origin does not predict the next: an 80 % band that holds over four origins covers 76 to 86 % at each, as
``--origins 4`` of `benchmarks/sales.py` shows. A correction of so small an error would only follow chance. The error of
an estimate falls with the square root of the number of origins.
"""


def blend(parts: Sequence[Floats], weights: Sequence[float], covered: Sequence[Flags]) -> Floats:
    """The weighted mean of forecasts, each counting for the series that its model covers.

    Args:
        parts: One for each model, (S, ...).
        weights: Weights of the models; none negative, at least one positive.
        covered: Which series each model covers, (S,); for a series that none covers, all count.
    """
    shares = np.array(weights)[:, None] * np.stack(covered)
    shares[:, shares.sum(axis=0) == 0] = np.array(weights)[:, None]
    shares /= shares.sum(axis=0)
    total = np.zeros_like(parts[0])
    for part, share, weight in zip(parts, shares, weights, strict=True):
        if weight:  # one by one: a stack of all would double the memory
            total += part * share.reshape(-1, *(1,) * (part.ndim - 1))
    return total


def select_weights(
    count: int, loss: Callable[[list[float]], float], prior: int = 0, prior_share: float = 0.0
) -> list[float]:
    """The weights of `count` candidates that make `loss` small, by greedy selection; of equals the first.

    Args:
        count: Number of candidates.
        loss: The loss of weights.
        prior: A candidate that is added in the first rounds whatever its loss.
        prior_share: The share of these rounds.
    """
    chosen, given = np.zeros(count), round(ROUNDS * prior_share)
    chosen[prior] = given
    best_chosen, best_loss = chosen, loss((chosen / given).tolist()) if given else np.inf
    for size in range(given + 1, ROUNDS + 1):
        losses = [loss(((chosen + np.eye(count)[one]) / size).tolist()) for one in range(count)]
        one = int(np.argmin(losses))
        chosen = chosen + np.eye(count)[one]
        if losses[one] < best_loss * (1 - ROUNDING):
            best_chosen, best_loss = chosen, losses[one]
    weights: list[float] = (best_chosen / best_chosen.sum()).tolist()
    return weights


def band_factors(quantiles: Floats, actual: Floats, origins: int = ORIGINS_OF_TOLERANCE) -> Floats:
    """The factors for the quantiles' distances to the median with which each band would have covered its share.

    Both sides of a band change alike: that values lay above the median at some origins says little about the next.
    The deciles change like the band between the outer two.

    Args:
        quantiles: (n, Q).
        actual: (n,), NaN where unknown.
        origins: The number of origins that they come from.

    Returns:
        Factors (Q,) from `NARROWEST` to `WIDEST`; 1 for the median, for a width within `TOLERANCE`, and where fewer
        than `ENOUGH` values are known.
    """
    factors = np.ones(len(QUANTILES))
    tolerance = 1 + TOLERANCE * min(1.0, (ORIGINS_OF_TOLERANCE / origins) ** 0.5)
    above, distance = actual > quantiles[:, MEDIAN], np.abs(actual - quantiles[:, MEDIAN])
    for low, high in BANDS[:2]:
        width = np.where(above, quantiles[:, high] - quantiles[:, MEDIAN], quantiles[:, MEDIAN] - quantiles[:, low])
        is_inside = (distance == 0) & (quantiles[:, high] > quantiles[:, low])  # on the median: in a band of any width
        usable = (width > 0) & (distance > 0) | is_inside
        if np.count_nonzero(usable) < ENOUGH:
            continue
        reached = np.divide(distance, width, out=np.zeros(len(width)), where=width > 0)[usable]
        factor = np.clip(np.quantile(reached, QUANTILES[high] - QUANTILES[low]), NARROWEST, WIDEST)
        if not 1 / tolerance <= factor <= tolerance:
            factors[low] = factors[high] = factor
    factors[1:-1], factors[MEDIAN] = factors[1], 1.0
    return factors


def widen(quantiles: Floats, factors: Floats) -> Floats:
    """Quantiles (..., Q) with their distances to the median multiplied by the factors (Q,), in order."""
    median = quantiles[..., MEDIAN : MEDIAN + 1]
    return np.sort(median + (quantiles - median) * factors, axis=-1)
