"""Figures of next-visit probabilities, independent of the program's own evaluation, so that they check it.

`probabilities` are (n, K), one row per customer, one column per bin; `observed` is (n,), the observed bin, from 0 on,
the last one being ``later``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SMALLEST = 1e-9
GROUPS = 10
DRAWS = 200
RESAMPLES = 1_000
CHUNK = 100

Probabilities = NDArray[np.float64]
Labels = NDArray[np.int64]


def losses(probabilities: Probabilities, observed: Labels) -> NDArray[np.float64]:
    """Negative log of the probability of the observed bin: (n,)."""
    return -np.log(np.maximum(probabilities[np.arange(observed.size), observed], SMALLEST))


def briers(probabilities: Probabilities, observed: Labels) -> NDArray[np.float64]:
    """Mean squared error of the probability of a visit by the end of each bin but the last: (K - 1,)."""
    by_end = probabilities.cumsum(axis=1)[:, :-1]
    happened = observed[:, None] <= np.arange(by_end.shape[1])
    squares: NDArray[np.float64] = ((by_end - happened) ** 2).mean(axis=0)
    return squares


def return_auc(probabilities: Probabilities, observed: Labels) -> float:
    """Probability that a customer who returned is ranked above one who did not; nan where all or none returned."""
    score, returned = probabilities[:, :-1].sum(axis=1), observed < probabilities.shape[1] - 1
    ordered = np.sort(score[~returned])
    if not ordered.size or not returned.any():
        return float("nan")
    below = np.searchsorted(ordered, score[returned], side="left")
    up_to = np.searchsorted(ordered, score[returned], side="right")
    return float((below + up_to).mean() / (2 * ordered.size))


def predicted_over_realised(probabilities: Probabilities, observed: Labels) -> NDArray[np.float64]:
    """The expected number of customers in each bin over the observed one, which counts as 1 where it is 0: (K,)."""
    realised = np.bincount(observed, minlength=probabilities.shape[1])
    ratios: NDArray[np.float64] = probabilities.sum(axis=0) / np.maximum(realised, 1)
    return ratios


def calibration_errors(probabilities: Probabilities, observed: Labels) -> NDArray[np.float64]:
    """Expected calibration error of each bin, over ten groups of equal size by its probability: (K,)."""
    happened = observed[:, None] == np.arange(probabilities.shape[1])
    errors: NDArray[np.float64] = _group_errors(probabilities, happened[None])[0]
    return errors


def calibrated_errors(probabilities: Probabilities, seed: int = 1) -> NDArray[np.float64]:
    """The mean of `calibration_errors` if every probability were true: (K,).

    Simulated: each customer's bin is drawn from the customer's own probabilities.
    """
    random, ends = np.random.default_rng(seed), probabilities.cumsum(axis=1)[:, :-1]
    total = np.zeros(probabilities.shape[1])
    for _ in range(DRAWS):
        drawn = (random.random((len(ends), 1)) > ends).sum(axis=1)
        total += _group_errors(probabilities, (drawn[:, None] == np.arange(probabilities.shape[1]))[None])[0]
    mean: NDArray[np.float64] = total / DRAWS
    return mean


def _group_errors(probabilities: Probabilities, happened: NDArray[np.bool_]) -> NDArray[np.float64]:
    """For each draw and bin: (d, K)."""
    errors = np.zeros((len(happened), probabilities.shape[1]))
    for column in range(probabilities.shape[1]):
        order = np.argsort(probabilities[:, column], kind="stable")
        starts = np.linspace(0, order.size, min(GROUPS, order.size) + 1).astype(np.int64)[:-1]
        gap = happened[:, order, column] - probabilities[order, column]
        errors[:, column] = np.abs(np.add.reduceat(gap, starts, axis=1)).sum(axis=1) / order.size
    return errors


@dataclass(frozen=True)
class Difference:
    """A mean difference of losses, and its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float


def bootstrap(difference: NDArray[np.float64], seed: int = 1) -> Difference:
    """The mean of paired differences of two models' losses, (n,), from a thousand resamples of the customers."""
    random, size = np.random.default_rng(seed), difference.size
    means = [difference[random.integers(0, size, (CHUNK, size))].mean(axis=1) for _ in range(RESAMPLES // CHUNK)]
    low, high = np.quantile(np.concatenate(means), [0.025, 0.975])
    return Difference(float(difference.mean()), float(low), float(high))
