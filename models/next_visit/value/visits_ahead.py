"""How many visit days Pareto/NBD expects.

Schmittlein, Morrison and Colombo (1987), with the symbols of `models.next_visit.features.pareto_nbd`: a customer who
has not left has the mean rate (r + x) / (alpha + T), and the mean time until the end of day h, or until leaving, is

    (beta + T) / (s - 1) * (1 - ((beta + T) / (beta + T + h))^(s - 1)),

which becomes (beta + T) * log(1 + h / (beta + T)) where s is 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.next_visit.features.pareto_nbd import ParetoNbd, Purchases, log_quiet

SMALLEST_EXPONENT = 1e-9


def chance_of_staying(parameters: ParetoNbd, purchases: Purchases) -> NDArray[np.float64]:
    """The chance that a customer has not left by the as-of: (r,)."""
    stayed = -(parameters.r + purchases.repeats) * np.log(parameters.alpha + purchases.age)
    stayed -= parameters.s * np.log(parameters.beta + purchases.age)
    quiet = log_quiet(purchases.repeats, purchases.recency, purchases.age, parameters)
    return np.asarray(np.exp(np.minimum(stayed - quiet, 0.0)))


def expected_visits(parameters: ParetoNbd, purchases: Purchases, ends: NDArray[np.int64]) -> NDArray[np.float64]:
    """The expected number of visit days from the as-of until the end of each of these days: (r, e)."""
    rate = (parameters.r + purchases.repeats) / (parameters.alpha + purchases.age)
    leaving, exponent = parameters.beta + purchases.age, parameters.s - 1.0
    time = np.log1p(ends / leaving[:, None])
    if abs(exponent) > SMALLEST_EXPONENT:
        time = -np.expm1(-exponent * time) / exponent
    seen = np.maximum(rate, parameters.least) * chance_of_staying(parameters, purchases)
    result: NDArray[np.float64] = (seen * leaving)[:, None] * time
    return result
