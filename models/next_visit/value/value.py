"""The value of each customer at an as-of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.description import attempt
from models.next_visit.curve.curve import SMALLEST_HAZARD, Curve
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.features.purchases import Purchases
from models.next_visit.value.amounts import Spending, amount_totals
from models.next_visit.value.credibility import Credibility
from models.next_visit.value.rhythm import Rhythm
from models.next_visit.value.states import LAPSING_PROBABILITY, LOST_PROBABILITY, states
from models.next_visit.value.visits_ahead import expected_visits

MONTH_AHEAD, YEAR_AHEAD = 28, 365


@dataclass(frozen=True)
class Shop:
    """What is fitted on all customers, for the value of each."""

    rhythm: Rhythm
    spending: Spending

    @classmethod
    def of(cls, known: CustomerBase) -> Shop:
        """The shop of the customers that models learn from, fitted once."""
        known = known.learned_from
        return known.once("shop", lambda: cls(Rhythm.fit(known), Spending.fit(known)))

    def describe(self) -> dict[str, Any]:
        """All of it as plain numbers, for JSON."""
        return {"rhythm": self.rhythm.logarithms.describe(), "spending": self.spending.amounts.describe()}

    @classmethod
    def described(cls, values: dict[str, Any]) -> Shop:
        """What `describe` described.

        Raises:
            InputError: if a part is missing or malformed.
        """
        return attempt(
            lambda: cls(
                Rhythm(Credibility.described(values["rhythm"])), Spending(Credibility.described(values["spending"]))
            ),
            "what the values of customers share",
        )


@dataclass(frozen=True, eq=False)
class CustomerValue:
    """Arrays over the customers 0..n-1; NaN, or -1, for those without a visit day.

    Attributes:
        usual_interval: float64, days; NaN before a second visit day.
        overdue_days: float64, elapsed days beyond the usual interval; NaN if there are none.
        amount_year: float64, the known amounts of the last 365 days; NaN where none is known.
        state: int8, the place in `STATES`.
        visits_28: float64, expected visit days of the 28 days from the as-of on.
        visits_365: float64, those of 365 days.
        amount_365: float64, the expected sum of their amounts; NaN if no amount of any customer is known.
    """

    usual_interval: NDArray[np.float64]
    overdue_days: NDArray[np.float64]
    amount_year: NDArray[np.float64]
    state: NDArray[np.int8]
    visits_28: NDArray[np.float64]
    visits_365: NDArray[np.float64]
    amount_365: NDArray[np.float64]

    @classmethod
    def of(cls, shop: Shop, known: CustomerBase, curve: Curve) -> CustomerValue:
        """The value of the customers whose next visits have this curve."""
        history, rows = known.history, known.rows
        elapsed, usual = rows.elapsed(history), shop.rhythm.usual_intervals(history, rows)
        overdue = np.where(elapsed > usual, elapsed - usual, np.nan)
        away = elapsed / np.where(np.isnan(usual), shop.rhythm.of_all, usual)
        state = states(
            rows.visit_days(history),
            away,
            *(np.isfinite(curve.day_by(share)) for share in (LAPSING_PROBABILITY, LOST_PROBABILITY)),
        )
        purchases = Purchases.at(history, rows)
        ahead = [visits_ahead(curve, purchases, days) for days in (MONTH_AHEAD, YEAR_AHEAD)]
        return cls(
            known.for_everybody(usual),
            known.for_everybody(overdue),
            amount_totals(history, known.as_of - YEAR_AHEAD),
            known.for_everybody(state, -1),
            known.for_everybody(ahead[0]),
            known.for_everybody(ahead[1]),
            known.for_everybody(ahead[1] * shop.spending.mean_amounts(history)[rows.customer]),
        )


def visits_ahead(curve: Curve, purchases: Purchases, days: int) -> NDArray[np.float64]:
    """The expected number of visit days within so many days from the as-of on: (r,), at most one a day.

    Pareto/NBD's number times the ratio of two chances of a visit within these days: the curve's and Pareto/NBD's. So
    whoever comes at all, comes as often as the rhythm says. Raising the number by the ratio of hazards, or by the level
    of the time, would raise that of frequent customers too far: they come in any season.
    """
    ends = curve.shared.ends
    widths = np.diff(ends, prepend=0)
    inside = np.clip(days - (ends - widths), 0, widths) / widths
    chance, usual = (-np.expm1(-(hazards * inside).sum(axis=1)) for hazards in (curve.hazards, curve.rhythm))
    expected = expected_visits(curve.shared.pareto_nbd, purchases, curve.staying, np.array([days]))[:, 0]
    return np.asarray(np.minimum(expected * chance / np.maximum(usual, SMALLEST_HAZARD), days))
