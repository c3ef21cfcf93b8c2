"""The review of a published forecast, once its horizon is over."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.intervals import Rows
from models.next_visit.data.landmarks import observed_bin
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.background import life_table_of
from models.next_visit.gate.figures import figures
from models.next_visit.recipes.life_table import NAME, LifeTableModel
from nightcast.values import Bins, Evaluation


def review_published(
    history: VisitHistory, day: int, bins: Bins, probabilities: NDArray[np.float64]
) -> list[Evaluation]:
    """The figures of published probabilities, and of a life table fitted on what was known at their as-of.

    Args:
        history: what is known now, including the whole horizon after `day`.
        day: the as-of of the forecast, in days since 1970-01-01.
        bins: the bins that it was published with.
        probabilities: (n, K), by the codes of `history`; NaN for customers without a forecast.

    Returns:
        The `figures` over the customers with a forecast, as the segment ``all``, and ``customers``, their number,
        without a baseline. If there is no such customer, only the number.
    """
    customer = np.flatnonzero(~np.isnan(probabilities).any(axis=1))
    count = Evaluation(day, "all", "customers", float(customer.size), NAME, math.nan)
    if not customer.size:
        return [count]
    observed = observed_bin(history, Rows.at(history, customer, day), bins)
    known = CustomerBase.at(history, day)
    baseline = LifeTableModel(bins, life_table_of(known)).probabilities(known)[customer]
    ours, theirs = figures(probabilities[customer], observed, bins), figures(baseline, observed, bins)
    return [*(Evaluation(day, "all", name, value, NAME, theirs[name]) for name, value in ours.items()), count]
