"""Several models' forecasts as one: weights by greedy selection, and bands of the right width.

Weights are found by ensemble selection with replacement (Caruana, Niculescu-Mizil, Crew and Ksikes, 2004): again and
again the candidate is added whose share makes the mean of all added so far best. Quantiles are averaged level by level
(Vincent, 1912), which keeps their order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from models.common.arrays import Flags, Floats
from models.sales.recipes.constraints import QUANTILES

ROUNDS = 10
"""Candidates that are added, with replacement: weights are multiples of one tenth."""

ROUNDING = 1e-9
"""A loss that is smaller by no more than this share of it is the same: the mean of equals is no better."""

NARROWEST, WIDEST = 0.5, 2.0
"""Between which a band's width may be changed."""

ENOUGH = 200
"""Truths that a band's width is found from, at least."""

TOLERANCE = 1.25
"""Up to which factor a band's width is left as it is.

What one origin asks for, the next does not: where an 80 % band holds over four of them, it covers 76 to 86 % at each,
as ``--origins 4`` of `benchmarks/sales.py` shows, so that following so small an error would follow chance.
"""

MEDIAN = QUANTILES.index(0.5)
BANDS = ((0, 4), (1, 3))
"""Which quantiles are the ends of each band."""


def blend(parts: Sequence[Floats], weights: Sequence[float], covered: Sequence[Flags]) -> Floats:
    """The weighted mean of forecasts, each counting for the series that its model covers.

    Args:
        parts: One for each model, (S, ...).
        weights: Of the models; not negative, at least one is positive.
        covered: Which series each model covers, (S,); where none does, all count.
    """
    shares = np.array(weights)[:, None] * np.stack(covered)
    shares[:, shares.sum(axis=0) == 0] = np.array(weights)[:, None]
    shares /= shares.sum(axis=0)
    total = np.zeros_like(parts[0])
    for part, share in zip(parts, shares, strict=True):
        total += part * share.reshape(-1, *(1,) * (part.ndim - 1))  # one model after the other: no stack of them all
    return total


def select_weights(count: int, loss: Callable[[list[float]], float]) -> list[float]:
    """The weights of `count` candidates that make `loss` small, by greedy selection; of equals the first."""
    chosen = np.zeros(count)
    best_chosen, best_loss = chosen, np.inf
    for size in range(1, ROUNDS + 1):
        losses = [loss(((chosen + np.eye(count)[one]) / size).tolist()) for one in range(count)]
        one = int(np.argmin(losses))
        chosen = chosen + np.eye(count)[one]
        if losses[one] < best_loss * (1 - ROUNDING):
            best_chosen, best_loss = chosen, losses[one]
    weights: list[float] = (best_chosen / best_chosen.sum()).tolist()
    return weights


def band_factors(quantiles: Floats, actual: Floats) -> Floats:
    """What each quantile's distance to the median is multiplied with, so that its band would have held its promise.

    Both sides of a band are changed alike: that truths lay above the median at some origins says little of the next.

    Args:
        quantiles: (n, 5).
        actual: (n,), NaN where unknown.

    Returns:
        Factors (5,) from `NARROWEST` to `WIDEST`; 1 for the median, where the width is wrong by no more than
        `TOLERANCE`, and where there are too few truths.
    """
    factors = np.ones(len(QUANTILES))
    above = actual > quantiles[:, MEDIAN]
    for low, high in BANDS:
        width = np.where(above, quantiles[:, high] - quantiles[:, MEDIAN], quantiles[:, MEDIAN] - quantiles[:, low])
        usable = (width > 0) & ~np.isnan(actual)
        if np.count_nonzero(usable) < ENOUGH:
            continue
        reached = np.abs(actual - quantiles[:, MEDIAN])[usable] / width[usable]
        factor = np.clip(np.quantile(reached, QUANTILES[high] - QUANTILES[low]), NARROWEST, WIDEST)
        if not 1 / TOLERANCE <= factor <= TOLERANCE:
            factors[[low, high]] = factor
    return factors


def widen(quantiles: Floats, factors: Floats) -> Floats:
    """Quantiles (..., 5), their distances to the median multiplied, in order again."""
    median = quantiles[..., MEDIAN : MEDIAN + 1]
    with np.errstate(over="ignore"):
        return np.sort(median + (quantiles - median) * factors, axis=-1)
