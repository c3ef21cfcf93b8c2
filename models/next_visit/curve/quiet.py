"""Pareto/NBD's chance that a customer stays away, for many days ahead at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.next_visit.features.pareto_nbd import ParetoNbd, Purchases, log_quiet

NODES, WEIGHTS = np.polynomial.legendre.leggauss(3) * np.array([[0.5], [0.5]]) + np.array([[0.5], [0.0]])
SMALLEST = 1e-300


def log_quiet_ahead(parameters: ParetoNbd, purchases: Purchases, ends: NDArray[np.int64]) -> NDArray[np.float64]:
    """Log of the chance of no visit from the as-of until the end of each of these days, which increase: (r, e).

    A customer who has not left has a gamma distributed rate with shape r + x and rate alpha + T, and a rate of leaving
    with shape s and rate beta + T. So beside the chance of not having left, of which `log_quiet` gives the inverse,
    there is one smooth integral over the days ahead,

        integral from 0 to h of s / (beta + T) (1 + y / (alpha + T))^-(r + x) (1 + y / (beta + T))^-(s + 1) dy,

    which is summed up piece by piece by the Gauss-Legendre rule.
    """
    shape, rate = (parameters.r + purchases.repeats)[:, None], (parameters.alpha + purchases.age)[:, None]
    leaving = (parameters.beta + purchases.age)[:, None]
    stayed = -shape * np.log(rate) - parameters.s * np.log(leaving)
    alive = np.exp(stayed[:, 0] - log_quiet(purchases.repeats, purchases.recency, purchases.age, parameters))[:, None]
    starts, widths = np.concatenate([[0], ends[:-1]]), np.diff(ends, prepend=0)
    nodes = (starts[:, None] + widths[:, None] * NODES).ravel()
    falling = -shape * np.log1p(nodes / rate) - (parameters.s + 1.0) * np.log1p(nodes / leaving)
    pieces = np.exp(falling).reshape(len(alive), ends.size, NODES.size) @ WEIGHTS * widths
    left = parameters.s / leaving * pieces.cumsum(axis=1)
    stays = np.exp(-shape * np.log1p(ends / rate) - parameters.s * np.log1p(ends / leaving))
    return np.asarray(np.log(np.maximum(1.0 - alive + alive * np.minimum(stays + left, 1.0), SMALLEST)))
