"""Pareto/NBD: customers visit at random at rates of their own, until they leave for good, unnoticed.

Schmittlein, Morrison and Colombo (1987): a customer's rate is gamma distributed with shape r and rate alpha, and the
rate of leaving with shape s and rate beta. With x visits after the first, the last of them at t, and an age of T, the
likelihood is a constant of x times

    (alpha + T)^-(r + x) (beta + T)^-s  +  s * integral from t to T of (alpha + y)^-(r + x) (beta + y)^-(s + 1) dy

`models.next_visit.features.quiet` computes it, and what follows from it for the days ahead.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln

from models.common.description import attempt, damaged
from models.next_visit.features.purchases import Purchases
from models.next_visit.features.quiet import Rates, chance_of_staying, log_quiet, log_quiet_ahead, pieces_until
from nightcast.values import Bins

MOST_CUSTOMERS = 20_000
"""Customers that the parameters are fitted to; four parameters are known well enough from these."""

PENALTY = 1e-4
LARGEST_LOGARITHM = 7.0
SMALLEST_RATE = 1e-10
VISITS_UNSEEN = 0.5
"""Visits that count as seen where none was (Jeffreys' prior of a rate), over all days that customers were known."""


@dataclass(frozen=True)
class ParetoNbd(Rates):
    """The parameters: two gamma distributions, of rates per day, and the smallest rate of a visit that is forecast.

    Where nobody ever returned, maximum likelihood leaves nobody any chance to; `least` is what so many days without a
    visit leave in truth.
    """

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
        """Probability of the next visit in each bin but the last, given none in an earlier bin: (r, K - 1)."""
        ends = pieces_until(np.array(bins.edges))
        quiet = log_quiet_ahead(self, purchases, chance_of_staying(self, purchases), ends)
        until = quiet[:, np.searchsorted(ends, bins.edges)]
        hazards = -np.expm1(np.diff(until, axis=1, prepend=0.0))
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


def _loss(logarithms: NDArray[np.float64], purchases: Purchases, share: NDArray[np.float64]) -> float:
    parameters = ParetoNbd(*(float(value) for value in np.exp(logarithms)))
    repeats, shape = purchases.repeats, parameters.r
    constant = gammaln(shape + repeats) - gammaln(shape) + shape * logarithms[1] + parameters.s * logarithms[3]
    likelihood = constant + log_quiet(repeats, purchases.recency, purchases.age, parameters)
    return float(PENALTY * (logarithms**2).sum() - (likelihood * share).sum())
