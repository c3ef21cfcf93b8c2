"""How good a published forecast was, once its horizon is over."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.intervals import Rows
from models.next_visit.data.landmarks import came_true
from models.next_visit.data.visits import VisitHistory
from models.next_visit.gate.figures import measure
from models.next_visit.recipes.life_table import RECIPE, fit_life_table
from nightcast.values import Bins, Evaluation


def score_published(
    history: VisitHistory, day: int, bins: Bins, probabilities: NDArray[np.float64]
) -> list[Evaluation]:
    """The figures of published probabilities beside those of a life table of what was known at their as-of.

    Args:
        history: what is known now, the whole horizon after `day` included.
        day: the as-of of the forecast, in days since 1970-01-01.
        bins: the bins that it was published with.
        probabilities: (n, K), by the codes of `history`; NaN for customers that it had not.

    Returns:
        The figures of `measure` over the customers that it had, as the segment ``all``; and ``customers``, how many
        these are, which has no figure beside it. Without a customer, only that.
    """
    customer = np.flatnonzero(~np.isnan(probabilities).any(axis=1))
    count = Evaluation(day, "all", "customers", float(customer.size), RECIPE, math.nan)
    if not customer.size:
        return [count]
    label = came_true(history, Rows.at(history, customer, day), bins)
    beside = fit_life_table(history, day, bins).probabilities(history, day)[customer]
    ours, theirs = measure(probabilities[customer], label, bins), measure(beside, label, bins)
    return [*(Evaluation(day, "all", name, value, RECIPE, theirs[name]) for name, value in ours.items()), count]
