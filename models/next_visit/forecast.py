"""The forecast of an as-of: each customer's past, and when the next visit is likely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.next_visit.curve.curve import Curve
from models.next_visit.curve.shared import Shared
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.recipes.model import NextVisitModel
from models.next_visit.value.amounts import amount_totals
from models.next_visit.value.value import CustomerValue, Shop

DATE_SHARES = (0.1, 0.5, 0.9)
"""The probabilities with which the next visit has come by the dates of a forecast."""


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
        return_probability: float64, of a visit within the horizon.
        habit_probability: float64, the same by the customer's rhythm alone.
        season_probability: float64, the same by rhythm and level of the time.
        days_ahead: float64 (n, 3), the whole day from the as-of on, day 1 being the as-of, by which the customer has
            come with each of the probabilities `DATE_SHARES`; NaN where that is after a year.
        probabilities: float64 (n, K); each row sums to 1 within 1e-9.
        expected_by_day: float64 (horizon,), the customers whose next visit is expected on each day from the as-of on.
        value: rhythm, state, and expected visits and amounts.
    """

    last_visit_day: NDArray[np.int32]
    visit_days: NDArray[np.int32]
    elapsed_days: NDArray[np.int32]
    amount_total: NDArray[np.float64]
    likely_bin: NDArray[np.int8]
    likely_bin_probability: NDArray[np.float64]
    return_probability: NDArray[np.float64]
    habit_probability: NDArray[np.float64]
    season_probability: NDArray[np.float64]
    days_ahead: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    expected_by_day: NDArray[np.float64]
    value: CustomerValue


def forecast(
    model: NextVisitModel, known: CustomerBase, shared: Shared | None = None, shop: Shop | None = None
) -> NextVisitForecast:
    """The model's forecast of every customer at the as-of of `known`.

    Args:
        model: the fitted model.
        known: customers at the as-of: all, or a slice of all.
        shared: what the curves of all customers share; needed where `known` is a slice.
        shop: what the values of all customers share; needed there, too.
    """
    history, probabilities = known.history, bin_probabilities(model, known)
    likely = probabilities.argmax(axis=1)
    curve = Curve.of(shared or Shared.of(model, known), history, known.rows, probabilities[known.rows.customer])
    return NextVisitForecast(
        last_visit_day=history.last_day,
        visit_days=history.visit_days.astype(np.int32),
        elapsed_days=np.where(history.known, known.as_of - history.last_day, 0).astype(np.int32),
        amount_total=amount_totals(history),
        likely_bin=(likely + 1).astype(np.int8),
        likely_bin_probability=np.take_along_axis(probabilities, likely[:, None], axis=1)[:, 0],
        return_probability=probabilities[:, :-1].sum(axis=1),
        habit_probability=known.for_everybody(curve.habit),
        season_probability=known.for_everybody(curve.season),
        days_ahead=known.for_everybody(np.stack([curve.day_by(share) for share in DATE_SHARES], axis=1)),
        probabilities=probabilities,
        expected_by_day=curve.expected_by_day(),
        value=CustomerValue.of(shop or Shop.of(known), known, curve),
    )


def bin_probabilities(model: NextVisitModel, known: CustomerBase) -> NDArray[np.float64]:
    """The model's probabilities of the bins, without anything that is computed from them: (n, K)."""
    positive = np.maximum(model.probabilities(known), 0.0)
    result: NDArray[np.float64] = positive / positive.sum(axis=1, keepdims=True)
    return result
