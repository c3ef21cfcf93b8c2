"""Pareto/NBD: customers visit at random at rates of their own, until they leave for good, unnoticed.

Schmittlein, Morrison and Colombo (1987): a customer's rate is gamma distributed with shape r and rate alpha, and the
rate of leaving with shape s and rate beta. With x visits after the first, the last of them at t, and an age of T, the
likelihood is a constant of x times

    (alpha + T)^-(r + x) (beta + T)^-s  +  s * integral from t to T of (alpha + y)^-(r + x) (beta + y)^-(s + 1) dy

The chance of no visit in the next h days, whether the customer left before, leaves within them or stays, is the same
expression at an age of T + h divided by that at T.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln

from models.common.description import attempt, damaged
from models.next_visit.data.intervals import Rows
from models.next_visit.data.visits import VisitHistory
from nightcast.values import Bins

NODES, WEIGHTS = np.polynomial.legendre.leggauss(20) * np.array([[0.5], [0.5]]) + np.array([[0.5], [0.0]])
SLOWEST_DECAY = 1e-6
MOST_CUSTOMERS = 20_000
"""Customers that the parameters are fitted to; four parameters are known well enough from these."""

PENALTY = 1e-4
LARGEST_LOGARITHM = 7.0
HALF_DAY = 0.5
CHUNK = 2_048
"""Rows that the integral is computed for at a time, so that intermediate arrays stay in the cache."""

LARGEST_KEY = 2**62
SMALLEST_RATE = 1e-10
VISITS_UNSEEN = 0.5
"""Visits that count as seen where none was (Jeffreys' prior of a rate), over all days that customers were known."""


@dataclass(frozen=True, eq=False)
class Purchases:
    """The purchases that the model reads, of customers at their as-ofs.

    Attributes:
        repeats: float64 (r), visit days after the first.
        recency: float64 (r), days from the first visit day to the last.
        age: float64 (r), days from noon of the first visit day to the morning of the as-of.
    """

    repeats: NDArray[np.float64]
    recency: NDArray[np.float64]
    age: NDArray[np.float64]

    @classmethod
    def at(cls, history: VisitHistory, rows: Rows) -> Purchases:
        """The purchases of these customers at these days, before which each needs a visit day."""
        first = history.day[history.offsets[rows.customer]].astype(np.float64)
        recency = (history.day[rows.end - 1] - first).astype(np.float64)
        return cls(rows.visit_days(history).astype(np.float64) - 1.0, recency, rows.day - first - HALF_DAY)

    def __getitem__(self, part: slice | NDArray[np.intp]) -> Purchases:
        """Some of the rows."""
        return Purchases(self.repeats[part], self.recency[part], self.age[part])

    def aged(self, days: Sequence[int]) -> Purchases:
        """The rows each number of days later, without a visit in between: (r x days)."""
        repeats, recency = (np.repeat(column, len(days)) for column in (self.repeats, self.recency))
        return Purchases(repeats, recency, np.add.outer(self.age, np.asarray(days)).ravel())

    def distinct(self) -> tuple[Purchases, NDArray[np.int64], NDArray[np.int64]]:
        """Each combination once, in order; which of them each row has; and how many rows have it."""
        key = _keys((self.repeats, self.recency, self.age))
        order = np.argsort(key)
        is_new = np.diff(key[order], prepend=-1) > 0
        place = np.empty(key.size, dtype=np.int64)
        place[order] = np.cumsum(is_new) - 1
        starts = np.flatnonzero(is_new)
        return self[order[starts]], place, np.diff(starts, append=key.size)


def _keys(columns: Sequence[NDArray[np.float64]]) -> NDArray[np.int64]:
    """One number for each row, that sorts like its values: whole and half numbers count as they are, others by rank."""
    halves = [(2.0 * column).astype(np.int64) for column in columns]
    ranges = [int(np.ptp(half)) + 1 if half.size else 1 for half in halves]
    is_exact = all(np.array_equal(half, 2.0 * column) for half, column in zip(halves, columns, strict=True))
    if not is_exact or math.prod(ranges) > LARGEST_KEY:
        halves = [np.unique(column, return_inverse=True)[1] for column in columns]
        ranges = [column.size + 1 for column in columns]
    key = np.zeros(columns[0].size, dtype=np.int64)
    for half, count in zip(halves, ranges, strict=True):
        key = key * count + (half - half.min(initial=np.iinfo(np.int64).max))
    return key


@dataclass(frozen=True)
class ParetoNbd:
    """The parameters: two gamma distributions, of rates per day, and the smallest rate of a visit that is forecast.

    Where nobody ever returned, maximum likelihood leaves nobody any chance to; `least` is what so many days without a
    visit leave in truth.
    """

    r: float
    alpha: float
    s: float
    beta: float
    least: float = SMALLEST_RATE

    @classmethod
    def fit(cls, purchases: Purchases) -> ParetoNbd:
        """Maximum likelihood with a small penalty, so that it converges for any data, even without a row."""
        if not purchases.age.size:
            return cls(1.0, 100.0, 1.0, 100.0)
        scaled, share, unit = _standardised(purchases)
        bounds = [(-LARGEST_LOGARITHM, LARGEST_LOGARITHM)] * 4
        best = minimize(_loss, np.zeros(4), args=(scaled, share), method="L-BFGS-B", bounds=bounds)
        r, alpha, s, beta = (float(value) for value in np.exp(best.x))
        return cls(r, alpha * unit, s, beta * unit, max(SMALLEST_RATE, VISITS_UNSEEN / float(purchases.age.sum())))

    def bin_hazards(self, purchases: Purchases, bins: Bins) -> NDArray[np.float64]:
        """Probability of the next visit in each bin but the last, given none in an earlier bin: (r, K - 1).

        Rows with the same purchases and age are computed once. That saves most where the rows are of many as-ofs,
        since without a visit in between, the end of a bin at one as-of is the start of a bin at another.
        """
        aged, place, _ = purchases.aged((0, *bins.edges)).distinct()
        quiet = log_quiet(aged.repeats, aged.recency, aged.age, self)
        hazards = -np.expm1(np.diff(quiet[place].reshape(-1, bins.count), axis=1))
        return np.clip(hazards, self.least_hazards(bins), 1.0 - SMALLEST_RATE)

    def least_hazards(self, bins: Bins) -> NDArray[np.float64]:
        """The smallest hazard of each bin but the last that any customer is forecast: (K - 1,)."""
        return np.asarray(-np.expm1(-self.least * np.diff((0, *bins.edges))))

    def describe(self) -> dict[str, float]:
        """The parameters by name, for JSON."""
        return asdict(self)

    @classmethod
    def described(cls, values: Any) -> ParetoNbd:
        """The parameters that `describe` described.

        Raises:
            InputError: if one is missing or not a positive number.
        """
        parameters = attempt(lambda: cls(**{name: float(value) for name, value in dict(values).items()}), "Pareto/NBD")
        if not all(np.isfinite(value) and value > 0 for value in asdict(parameters).values()):
            raise damaged("Pareto/NBD holds values that are no rates")
        return parameters


def _standardised(purchases: Purchases) -> tuple[Purchases, NDArray[np.float64], float]:
    """Each combination once, with times in units of the mean age; the share of customers with it; and the mean age.

    With many more than 20,000 customers, every second, third, ... is taken; there has to be one.
    """
    step = max(1, purchases.age.size // MOST_CUSTOMERS)
    distinct, _, count = purchases[::step].distinct()
    share = count / count.sum()
    unit = float((distinct.age * share).sum())
    return Purchases(distinct.repeats, distinct.recency / unit, distinct.age / unit), share, unit


def log_quiet(
    repeats: NDArray[np.float64], recency: NDArray[np.float64], age: NDArray[np.float64], parameters: ParetoNbd
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
    repeats: NDArray[np.float64], recency: NDArray[np.float64], age: NDArray[np.float64], parameters: ParetoNbd
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


def _loss(logarithms: NDArray[np.float64], purchases: Purchases, share: NDArray[np.float64]) -> float:
    parameters = ParetoNbd(*(float(value) for value in np.exp(logarithms)))
    repeats, shape = purchases.repeats, parameters.r
    constant = gammaln(shape + repeats) - gammaln(shape) + shape * logarithms[1] + parameters.s * logarithms[3]
    likelihood = constant + log_quiet(repeats, purchases.recency, purchases.age, parameters)
    return float(PENALTY * (logarithms**2).sum() - (likelihood * share).sum())
