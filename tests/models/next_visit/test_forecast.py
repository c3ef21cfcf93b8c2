from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.next_visit.curve.weekdays import Weekdays
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.features.background import life_table_of
from models.next_visit.forecast import NextVisitForecast, forecast
from models.next_visit.recipes.life_table import LifeTableModel
from nightcast.values import Bins
from tests.models.next_visit.reference import START, Days, base_of, shared_of, shops, visit_days

BINS = Bins((7, 14, 28))


def forecast_of(shop: list[Days], as_of: int) -> NextVisitForecast:
    base = base_of(shop, as_of, amount=2.0)
    return forecast(LifeTableModel(BINS, life_table_of(base)), base, shared_of(BINS, Weekdays.fit(base), as_of))


@given(shops(), st.integers(START, START + 500))
def test_facts_and_likely_bin(shop: list[Days], as_of: int) -> None:
    result = forecast_of(shop, as_of)
    np.testing.assert_allclose(result.probabilities.sum(axis=1), 1, atol=1e-9)
    for code, days in enumerate(shop):
        known = visit_days(days, as_of)
        assert result.visit_days[code] == len(known)
        row = result.probabilities[code]
        assert result.likely_bin_probability[code] == row.max() == row[result.likely_bin[code] - 1]
        assert math.isclose(result.return_probability[code], row[:-1].sum())
        if known:
            assert (result.last_visit_day[code], result.elapsed_days[code]) == (known[-1], as_of - known[-1])
            assert result.amount_total[code] == 2.0 * sum(day < as_of for day in days)


class Even:
    """Gives every bin the same."""

    recipe, bins = "even", BINS

    def probabilities(self, known: CustomerBase) -> NDArray[np.float64]:
        return np.full((known.customers, 4), 0.25)

    def save(self, folder: object) -> None:
        raise NotImplementedError


def test_the_earlier_bin_wins_a_tie() -> None:
    assert forecast(Even(), base_of([[START]], START + 1), shared_of(BINS)).likely_bin.tolist() == [1]


@given(shops(), st.integers(START, START + 420), st.lists(st.integers(0, 99), min_size=1, max_size=4))
def test_rows_from_the_as_of_on_change_nothing(shop: list[Days], as_of: int, later: Days) -> None:
    past = [[day for day in days if day < as_of] for days in shop]
    future = [days + [as_of + day for day in later] for days in past]
    both = [vars(forecast_of(customers, as_of)) for customers in (past, future)]
    values = [vars(arrays.pop("value")) for arrays in both]
    for one, other in (both, values):
        for name, array in one.items():
            np.testing.assert_array_equal(array, other[name])


def test_a_wait_of_seven_more_days_moves_the_dates_of_who_is_late() -> None:
    shop = [list(range(START + place % 20, START + 150 + 5 * place, 20)) for place in range(40)]
    early, late = (forecast_of(shop, START + 400 + more) for more in (0, 7))
    is_late = early.elapsed_days > 20
    assert is_late.sum() > 20
    assert (7 + late.days_ahead > early.days_ahead)[np.isfinite(early.days_ahead) & is_late[:, None]].all()
    assert np.isfinite(early.days_ahead[is_late]).any()


def test_customers_without_a_visit_have_no_dates() -> None:
    result = forecast_of([[START, START + 9], []], START + 20)
    assert np.isfinite(result.days_ahead[0]).any()
    np.testing.assert_equal(result.days_ahead[1], np.full(3, np.nan))
