"""How many visit days Pareto/NBD expects.

Schmittlein, Morrison and Colombo (1987), with the symbols of `models.next_visit.features.pareto_nbd`: a customer who
has not left has the mean rate (r + x) / (alpha + T), and the mean time until the end of day h, or until leaving, is

    (beta + T) / (s - 1) * (1 - ((beta + T) / (beta + T + h))^(s - 1)),

which becomes (beta + T) * log(1 + h / (beta + T)) where s is 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.next_visit.features.pareto_nbd import ParetoNbd
from models.next_visit.features.purchases import Purchases

SMALLEST_EXPONENT = 1e-9


def expected_visits(
    parameters: ParetoNbd, purchases: Purchases, staying: NDArray[np.float64], ends: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The expected number of visit days from the as-of until the end of each of these days: (r, e).

    Args:
        parameters: those of Pareto/NBD.
        purchases: the customers' purchases.
        staying: (r,), the chance that a customer has not left by the as-of.
        ends: (e,).
    """
    rate = (parameters.r + purchases.repeats) / (parameters.alpha + purchases.age)
    leaving, exponent = parameters.beta + purchases.age, parameters.s - 1.0
    time = np.log1p(ends / leaving[:, None])
    if abs(exponent) > SMALLEST_EXPONENT:
        time = -np.expm1(-exponent * time) / exponent
    seen = np.maximum(rate, parameters.least) * staying
    result: NDArray[np.float64] = (seen * leaving)[:, None] * time
    return result
