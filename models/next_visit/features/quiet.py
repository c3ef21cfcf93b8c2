"""Pareto/NBD's chance that a customer stays away: until now, and for many days ahead at once.

The symbols are those of `models.next_visit.features.pareto_nbd`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.next_visit.features.purchases import Purchases

NODES, WEIGHTS = np.polynomial.legendre.leggauss(20) * np.array([[0.5], [0.5]]) + np.array([[0.5], [0.0]])
SLOWEST_DECAY = 1e-6
NODES_AHEAD, WEIGHTS_AHEAD = np.polynomial.legendre.leggauss(4) * np.array([[0.5], [0.5]]) + np.array([[0.5], [0.0]])
FIRST_PIECES, LONGEST_PIECE = (1, 3), 28
"""Days at which pieces of the days ahead end: where the chance falls fastest they are short."""

SMALLEST = 1e-300
CHUNK = 1_024
"""Rows handled at a time, so that intermediate arrays stay in the cache."""


@dataclass(frozen=True)
class Rates:
    """The parameters of two gamma distributions, of rates per day: of visiting, and of leaving."""

    r: float
    alpha: float
    s: float
    beta: float


def chance_of_staying(parameters: Rates, purchases: Purchases) -> NDArray[np.float64]:
    """The chance that a customer has not left by the as-of, (r,); not bounded by 1, from which it errs by 1e-4."""
    stayed = -(parameters.r + purchases.repeats) * np.log(parameters.alpha + purchases.age)
    stayed -= parameters.s * np.log(parameters.beta + purchases.age)
    return np.asarray(np.exp(stayed - log_quiet(purchases.repeats, purchases.recency, purchases.age, parameters)))


def log_quiet_ahead(
    parameters: Rates, purchases: Purchases, alive: NDArray[np.float64], ends: NDArray[np.int64]
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
    days = np.column_stack([starts[:, None] + widths[:, None] * NODES_AHEAD, ends]).ravel()[:, None]
    visits, leaves = np.log1p(days / (parameters.alpha + age)), np.log1p(days / (parameters.beta + age))
    is_end = np.arange(days.size) % (NODES_AHEAD.size + 1) == NODES_AHEAD.size
    leaves *= np.where(is_end, parameters.s, parameters.s + 1.0)[:, None]
    result = np.empty((ends.size, alive.size))
    for start in range(0, alive.size, CHUNK):
        part = slice(start, start + CHUNK)
        falling = visits[:, place[part]]
        falling *= -(parameters.r + purchases.repeats[part])
        falling -= leaves[:, place[part]]
        chances = np.exp(falling, out=falling).reshape(ends.size, NODES_AHEAD.size + 1, -1)
        pieces = np.einsum("ept,p->et", chances[:, :-1], WEIGHTS_AHEAD) * widths[:, None]
        left = parameters.s / (parameters.beta + purchases.age[part]) * pieces.cumsum(axis=0)
        result[:, part] = 1.0 - alive[part] + alive[part] * np.minimum(chances[:, -1] + left, 1.0)
    return np.ascontiguousarray(np.log(np.maximum(result, SMALLEST, out=result), out=result).T)


def pieces_until(ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """These days, which increase, and the ends of pieces between them, short enough for `log_quiet_ahead`: (p,)."""
    last = int(ends[-1])
    between = [day for day in (*FIRST_PIECES, *range(LONGEST_PIECE, last, LONGEST_PIECE)) if day < last]
    return np.unique(np.concatenate([ends, np.array(between, dtype=np.int64)]))


def log_quiet(
    repeats: NDArray[np.float64], recency: NDArray[np.float64], age: NDArray[np.float64], parameters: Rates
) -> NDArray[np.float64]:
    """Log of the expression in the module's docstring: (r,), good to about 1e-4.

    With c the smaller of alpha and beta, the integral is taken over ``u = log((c + y) / (c + t))``, over which the
    integrand is smooth. u itself is integrated over a variable in which a decay as fast as that at t is constant, by
    the Gauss-Legendre rule. So many visits, after which the integrand falls at once, need no more nodes than few.
    """
    result = np.empty(age.size)
    for start in range(0, age.size, CHUNK):
        part = slice(start, start + CHUNK)
        result[part] = _log_quiet(repeats[part], recency[part], age[part], parameters)
    return result


def _log_quiet(
    repeats: NDArray[np.float64], recency: NDArray[np.float64], age: NDArray[np.float64], parameters: Rates
) -> NDArray[np.float64]:
    """The same for few rows; nodes come first in arrays of two axes, (nodes, r).

    Of the powers of the integrand, that of c + y needs no logarithm: it is that of c + t, plus u.
    """
    r, alpha, s, beta = parameters.r, parameters.alpha, parameters.s, parameters.beta
    shape, begin, gap = r + repeats, min(alpha, beta) + recency, abs(alpha - beta)
    near, far = (shape, s + 1.0) if alpha <= beta else (s + 1.0, shape)
    stayed = -shape * np.log(alpha + age) - s * np.log(beta + age)
    decay = np.maximum(begin * (shape / (alpha + recency) + (s + 1.0) / (beta + recency)) - 1.0, SLOWEST_DECAY)
    span = -np.expm1(-decay * np.log((begin - recency + age) / begin))
    u = np.multiply(-span, NODES[:, None])
    np.log1p(u, out=u)
    u /= -decay
    farther = np.exp(u)
    farther *= begin
    farther += gap
    np.log(farther, out=farther)
    farther *= far
    u *= decay + 1.0 - near
    u -= farther
    most = u.max(axis=0)  # taken out, so that no exponential vanishes or overflows
    u -= most
    np.exp(u, out=u)
    left = np.log(s * begin * span / decay) + most - near * np.log(begin) + np.log(WEIGHTS @ u)
    both: NDArray[np.float64] = np.logaddexp(stayed, left)
    return both
