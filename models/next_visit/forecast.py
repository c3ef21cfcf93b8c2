"""The forecast of an as-of: each customer's past, and when the next visit is likely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.visits import VisitHistory
from models.next_visit.recipes.model import NextVisitModel
from nightcast.values import Bins


@dataclass(frozen=True, eq=False)
class NextVisitForecast:
    """Arrays over the customers 0..n-1; meaningless where `visit_days` is 0.

    Attributes:
        last_visit_day: int32, days since 1970-01-01.
        visit_days: int32, visit days before the as-of.
        elapsed_days: int32, days from the last visit day to the as-of.
        amount_total: float64, of all visit days before the as-of; NaN where no amount is known.
        likely_bin: int8, 1..K, the most probable bin, the earlier on a tie.
        likely_bin_probability: float64.
        median_days: float64, the whole day from the as-of on, day 1 being the as-of, by which the customer has
            come with probability one half; NaN where that is beyond the horizon.
        return_probability: float64, of a visit within the horizon.
        probabilities: float64 (n, K); each row sums to 1 within 1e-9.
    """

    last_visit_day: NDArray[np.int32]
    visit_days: NDArray[np.int32]
    elapsed_days: NDArray[np.int32]
    amount_total: NDArray[np.float64]
    likely_bin: NDArray[np.int8]
    likely_bin_probability: NDArray[np.float64]
    median_days: NDArray[np.float64]
    return_probability: NDArray[np.float64]
    probabilities: NDArray[np.float64]


def forecast(model: NextVisitModel, known: CustomerBase) -> NextVisitForecast:
    """The model's forecast of every customer at the as-of of `known`."""
    history, probabilities = known.history, _normalised(model.probabilities(known))
    likely = probabilities.argmax(axis=1)
    return NextVisitForecast(
        last_visit_day=history.last_day,
        visit_days=history.visit_days.astype(np.int32),
        elapsed_days=np.where(history.known, known.as_of - history.last_day, 0).astype(np.int32),
        amount_total=amount_totals(history),
        likely_bin=(likely + 1).astype(np.int8),
        likely_bin_probability=np.take_along_axis(probabilities, likely[:, None], axis=1)[:, 0],
        median_days=median_days(probabilities, model.bins),
        return_probability=probabilities[:, :-1].sum(axis=1),
        probabilities=probabilities,
    )


def median_days(probabilities: NDArray[np.float64], bins: Bins) -> NDArray[np.float64]:
    """The first whole day by which the next visit has come with probability one half: (n,).

    The hazard is assumed to be the same on every day of a bin, so that survival falls geometrically. The day lies
    between 1 and the horizon; NaN where the probability within the horizon is less than one half.
    """
    edges = np.array([0, *bins.edges], dtype=np.float64)
    survival = np.column_stack([np.ones(len(probabilities)), 1.0 - probabilities[:, :-1].cumsum(axis=1)])
    halved = survival <= 0.5 + 1e-12
    after = np.maximum(halved.argmax(axis=1), 1)
    rows = np.arange(len(probabilities))
    start, end = survival[rows, after - 1], np.clip(survival[rows, after], 1e-12, 0.5)
    share = np.log(start / 0.5) / np.log(start / end)
    day = edges[after - 1] + share * (edges[after] - edges[after - 1])
    return np.where(halved.any(axis=1), np.clip(np.ceil(day - 1e-6), 1, bins.horizon), np.nan)


def amount_totals(history: VisitHistory) -> NDArray[np.float64]:
    """The sum of each customer's known amounts; NaN where none is known."""
    customer = np.repeat(np.arange(history.customers), history.visit_days)
    present = np.isfinite(history.amount)
    total = np.bincount(customer[present], weights=history.amount[present], minlength=history.customers)
    any_known = np.bincount(customer[present], minlength=history.customers) > 0
    return np.where(any_known, total, np.nan)


def _normalised(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    positive = np.maximum(probabilities, 0.0)
    result: NDArray[np.float64] = positive / positive.sum(axis=1, keepdims=True)
    return result
