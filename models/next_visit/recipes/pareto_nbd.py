"""Pareto/NBD: customers visit at random at rates of their own, until they leave for good, unnoticed.

Schmittlein, Morrison and Colombo (1987): a customer's rate is gamma distributed with shape r and rate alpha, and the
rate of leaving with shape s and rate beta. With x visits after the first, the last of them at t, and an age of T, the
likelihood is a constant of x times

    (alpha + T)^-(r + x) (beta + T)^-s  +  s * integral from t to T of (alpha + y)^-(r + x) (beta + y)^-(s + 1) dy

The chance of no visit in the next h days, whether the customer left before, leaves within them or stays, is the same
expression at an age of T + h divided by that at T.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln, logsumexp

from models.common.selection import Progress, no_progress
from models.next_visit.data.intervals import Rows, known_rows
from models.next_visit.data.visits import VisitHistory
from models.next_visit.recipes.artifact import attempt, malformed, write_description
from models.next_visit.settings import NextVisitSettings
from nightcast.values import Bins

RECIPE = "pareto_nbd"
NODES, WEIGHTS = np.polynomial.legendre.leggauss(20) * np.array([[0.5], [0.5]]) + np.array([[0.5], [0.0]])
SLOWEST_DECAY = 1e-6
MOST_CUSTOMERS = 20_000
PENALTY = 1e-4
LARGEST_LOGARITHM = 7.0
HALF_DAY = 0.5
CHUNK = 65_536
SMALLEST_HAZARD = 1e-9


@dataclass(frozen=True, eq=False)
class Purchases:
    """What the model knows of customers at their as-ofs.

    Attributes:
        repeats: float64 (r), visit days after the first.
        recency: float64 (r), days from the first visit day to the last.
        age: float64 (r), days from the first visit day to the as-of, which counts from its morning.
    """

    repeats: NDArray[np.float64]
    recency: NDArray[np.float64]
    age: NDArray[np.float64]

    @classmethod
    def at(cls, history: VisitHistory, rows: Rows) -> Purchases:
        """Of these customers at these days, at which they have to be known."""
        first = history.day[history.offsets[rows.customer]].astype(np.float64)
        recency = (history.day[rows.end - 1] - first).astype(np.float64)
        return cls(rows.visit_days(history).astype(np.float64) - 1.0, recency, rows.day - first - HALF_DAY)

    def distinct(self) -> tuple[Purchases, NDArray[np.int64], NDArray[np.int64]]:
        """Each combination once; which of them every row has; and how many rows have it."""
        columns = np.stack([self.repeats, self.recency, self.age], axis=1)
        found, place, count = np.unique(columns, axis=0, return_inverse=True, return_counts=True)
        return Purchases(*found.T), place.ravel(), count

    def parts(self) -> Iterator[tuple[slice, Purchases]]:
        """The rows in pieces, so that the nodes of the integral fit into memory."""
        for begin in range(0, self.repeats.size, CHUNK):
            part = slice(begin, begin + CHUNK)
            yield part, Purchases(self.repeats[part], self.recency[part], self.age[part])


@dataclass(frozen=True)
class ParetoNbd:
    """The parameters: two gamma distributions, of rates per day."""

    r: float
    alpha: float
    s: float
    beta: float

    @classmethod
    def fit(cls, purchases: Purchases) -> ParetoNbd:
        """By maximum likelihood, with a penalty that lets any data converge, none too."""
        if not purchases.age.size:
            return cls(1.0, 100.0, 1.0, 100.0)
        scaled, share, unit = standardised(purchases)
        bounds = [(-LARGEST_LOGARITHM, LARGEST_LOGARITHM)] * 4
        best = minimize(_loss, np.zeros(4), args=(scaled, share), method="L-BFGS-B", bounds=bounds)
        r, alpha, s, beta = (float(value) for value in np.exp(best.x))
        return cls(r, alpha * unit, s, beta * unit)

    def bin_hazards(self, purchases: Purchases, bins: Bins) -> NDArray[np.float64]:
        """Probability of the next visit in each bin but the last, given none in an earlier bin: (r, K - 1)."""
        distinct, place, _ = purchases.distinct()
        hazards = np.empty((distinct.age.size, bins.count - 1))
        for part, some in distinct.parts():
            later = [self._log_quiet(some, float(edge)) for edge in (0, *bins.edges)]
            hazards[part] = -np.expm1(np.diff(np.stack(later, axis=1), axis=1))
        return np.clip(hazards, SMALLEST_HAZARD, 1.0 - SMALLEST_HAZARD)[place]

    def _log_quiet(self, some: Purchases, days: float) -> NDArray[np.float64]:
        return log_quiet(some.repeats, some.recency, some.age + days, self)


def standardised(purchases: Purchases) -> tuple[Purchases, NDArray[np.float64], float]:
    """Each combination once with the share of customers who have it, times in units of the mean age, and that age.

    Of many more than 20,000 customers an even share is taken; there has to be one.
    """
    step = max(1, purchases.age.size // MOST_CUSTOMERS)
    thinned = Purchases(purchases.repeats[::step], purchases.recency[::step], purchases.age[::step])
    some, _, count = thinned.distinct()
    share = count / count.sum()
    unit = float((some.age * share).sum())
    return Purchases(some.repeats, some.recency / unit, some.age / unit), share, unit


def log_quiet(
    repeats: NDArray[np.float64], recency: NDArray[np.float64], age: NDArray[np.float64], parameters: ParetoNbd
) -> NDArray[np.float64]:
    """Log of the module's expression: (r,).

    With c the smaller of alpha and beta, the integral is taken over ``u = log((c + y) / (c + t))``, over which its
    integrand is smooth, and u itself over a variable in which a decay as fast as that at t is a constant, by Gauss and
    Legendre's rule: so that many visits, after which it falls at once, need no more nodes. Good to about 1e-4.
    """
    r, alpha, s, beta = parameters.r, parameters.alpha, parameters.s, parameters.beta
    shape, begin = r + repeats, min(alpha, beta) + recency
    stayed = -shape * np.log(alpha + age) - s * np.log(beta + age)
    decay = np.maximum(begin * (shape / (alpha + recency) + (s + 1.0) / (beta + recency)) - 1.0, SLOWEST_DECAY)
    span = -np.expm1(-decay * np.log((begin - recency + age) / begin))
    u = -np.log1p(-span[:, None] * NODES) / decay[:, None]
    y = recency[:, None] + begin[:, None] * np.expm1(u)
    integrand = (decay + 1.0)[:, None] * u - shape[:, None] * np.log(alpha + y) - (s + 1.0) * np.log(beta + y)
    left = np.log(s * begin * span / decay) + logsumexp(integrand, axis=1, b=WEIGHTS)
    both: NDArray[np.float64] = np.logaddexp(stayed, left)
    return both


def _loss(logarithms: NDArray[np.float64], purchases: Purchases, share: NDArray[np.float64]) -> float:
    parameters = ParetoNbd(*(float(value) for value in np.exp(logarithms)))
    repeats, shape = purchases.repeats, parameters.r
    constant = gammaln(shape + repeats) - gammaln(shape) + shape * logarithms[1] + parameters.s * logarithms[3]
    likelihood = constant + log_quiet(repeats, purchases.recency, purchases.age, parameters)
    return float(PENALTY * (logarithms**2).sum() - (likelihood * share).sum())


@dataclass(frozen=True, eq=False)
class ParetoNbdModel:
    """Pareto/NBD as a model of next visits."""

    bins: Bins
    parameters: ParetoNbd
    recipe: str = RECIPE

    def probabilities(self, history: VisitHistory, as_of: int) -> NDArray[np.float64]:
        """Probability of each bin for every customer (n, K); see `models.next_visit.recipes.model.NextVisitModel`."""
        rows = known_rows(history, as_of)
        result = np.full((history.customers, self.bins.count), 1.0 / self.bins.count)
        hazards = self.parameters.bin_hazards(Purchases.at(history, rows), self.bins)
        result[rows.customer] = from_hazards(hazards)
        return result

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, which is made where it is missing."""
        write_description(folder, RECIPE, self.bins, {"parameters": asdict(self.parameters)})


def from_hazards(hazards: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of each bin (r, K) from the hazards of all bins but the last (r, K - 1)."""
    reached = np.cumprod(1.0 - hazards, axis=1)
    before = np.column_stack([np.ones(len(hazards)), reached[:, :-1]])
    return np.column_stack([before * hazards, reached[:, -1]])


def fit_pareto_nbd(
    history: VisitHistory, as_of: int, settings: NextVisitSettings, seed: int = 0, progress: Progress = no_progress
) -> ParetoNbdModel:
    """Pareto/NBD of all customers known at `as_of`; defined for any history, an empty one too."""
    known = history.before(as_of)
    fitted = ParetoNbd.fit(Purchases.at(known, known_rows(known, as_of)))
    progress(1.0)
    return ParetoNbdModel(settings.bins, fitted)


def load(folder: Path, description: dict[str, Any], bins: Bins) -> ParetoNbdModel:
    """The model that `ParetoNbdModel.save` wrote.

    Raises:
        InputError: if a parameter is missing or malformed.
    """
    return ParetoNbdModel(bins, parameters_from(description.get("parameters")))


def parameters_from(values: object) -> ParetoNbd:
    """The parameters that `ParetoNbdModel.save` wrote.

    Raises:
        InputError: if one is missing or not a positive number.
    """
    found = attempt(lambda: ParetoNbd(**{name: float(value) for name, value in dict(values).items()}), "Pareto/NBD")  # type: ignore[call-overload]
    if not all(np.isfinite(value) and value > 0 for value in asdict(found).values()):
        raise malformed("Pareto/NBD holds values that are no rates")
    return found
