"""Pareto/NBD's chance that a customer stays away, for many days ahead at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.next_visit.features.pareto_nbd import ParetoNbd, Purchases, log_quiet

NODES, WEIGHTS = np.polynomial.legendre.leggauss(3) * np.array([[0.5], [0.5]]) + np.array([[0.5], [0.0]])
SMALLEST = 1e-300
CHUNK = 2_048
"""Rows handled at a time, so that intermediate arrays stay in the cache."""


def chance_of_staying(parameters: ParetoNbd, purchases: Purchases) -> NDArray[np.float64]:
    """The chance that a customer has not left by the as-of, (r,); not bounded by 1, from which it errs by 1e-4."""
    stayed = -(parameters.r + purchases.repeats) * np.log(parameters.alpha + purchases.age)
    stayed -= parameters.s * np.log(parameters.beta + purchases.age)
    return np.asarray(np.exp(stayed - log_quiet(purchases.repeats, purchases.recency, purchases.age, parameters)))


def log_quiet_ahead(
    parameters: ParetoNbd, purchases: Purchases, alive: NDArray[np.float64], ends: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Log of the chance of no visit from the as-of until the end of each of these days, which increase: (r, e).

    A customer who has not left has a gamma distributed rate with shape r + x and rate alpha + T, and a rate of leaving
    with shape s and rate beta + T. So beside the chance of not having left, `alive` (r,), there is one smooth integral
    over the days ahead,

        integral from 0 to h of s / (beta + T) (1 + y / (alpha + T))^-(r + x) (1 + y / (beta + T))^-(s + 1) dy,

    which is summed up piece by piece by the Gauss-Legendre rule. Its logarithms depend on the age alone.
    """
    age, place = np.unique(purchases.age, return_inverse=True)
    starts, widths = np.concatenate([[0], ends[:-1]]), np.diff(ends, prepend=0)
    days = np.column_stack([starts[:, None] + widths[:, None] * NODES, ends]).ravel()[:, None]
    visits, leaves = np.log1p(days / (parameters.alpha + age)), np.log1p(days / (parameters.beta + age))
    is_end = np.arange(days.size) % (NODES.size + 1) == NODES.size
    leaves *= np.where(is_end, parameters.s, parameters.s + 1.0)[:, None]
    result = np.empty((ends.size, alive.size))
    for start in range(0, alive.size, CHUNK):
        part = slice(start, start + CHUNK)
        falling = visits[:, place[part]]
        falling *= -(parameters.r + purchases.repeats[part])
        falling -= leaves[:, place[part]]
        chances = np.exp(falling, out=falling).reshape(ends.size, NODES.size + 1, -1)
        pieces = np.einsum("ept,p->et", chances[:, :-1], WEIGHTS) * widths[:, None]
        left = parameters.s / (parameters.beta + purchases.age[part]) * pieces.cumsum(axis=0)
        result[:, part] = 1.0 - alive[part] + alive[part] * np.minimum(chances[:, -1] + left, 1.0)
    return np.ascontiguousarray(np.log(np.maximum(result, SMALLEST, out=result), out=result).T)
