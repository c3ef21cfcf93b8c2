from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.background import life_table_of
from models.next_visit.forecast import NextVisitForecast, amount_totals, forecast, median_days
from models.next_visit.recipes.life_table import LifeTableModel
from nightcast.values import Bins
from tests.models.next_visit.reference import START, Days, base_of, shops, visit_days

BINS = Bins((7, 14, 28))


def probabilities() -> st.SearchStrategy[NDArray[np.float64]]:
    weights = st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(lambda row: sum(row) > 0.01)
    return weights.map(lambda row: np.array([row]) / sum(row))


def slow_survival(row: list[float], bins: Bins, until: int) -> float:
    """Share who have not come by a day, day after day, each day of a bin with the same hazard."""
    survival = 1.0
    for probability, (first, last) in zip(row, bins.ranges[:-1], strict=False):
        width = (last or 0) - first + 1
        kept = max((survival - probability) / survival, 0.0) ** (1 / width) if survival > 1e-12 else 0.0
        for day in range(first, (last or 0) + 1):
            if day > until:
                return survival
            survival *= kept
    return survival


@given(probabilities())
def test_median_is_the_first_day_by_which_half_have_come(row: NDArray[np.float64]) -> None:
    result = median_days(row, BINS)[0]
    days = row[0].tolist()
    if math.isnan(result):
        assert slow_survival(days, BINS, BINS.horizon) > 0.5 - 1e-9
    else:
        assert result == int(result)
        assert 1 <= result <= BINS.horizon
        assert slow_survival(days, BINS, int(result)) <= 0.5 + 1e-6
        assert slow_survival(days, BINS, int(result) - 1) > 0.5 - 1e-6


@pytest.mark.parametrize(
    ("row", "day"),
    [
        ([1.0, 0.0, 0.0, 0.0], 1),
        ([0.5, 0.0, 0.0, 0.5], 7),
        ([0.0, 0.0, 0.75, 0.25], 21),
        ([0.2, 0.1, 0.1, 0.6], math.nan),
        ([0.0, 0.0, 0.0, 1.0], math.nan),
    ],
)
def test_median_by_hand(row: list[float], day: float) -> None:
    np.testing.assert_equal(median_days(np.array([row]), BINS)[0], day)


def forecast_of(shop: list[Days], as_of: int) -> NextVisitForecast:
    base = base_of(shop, as_of, amount=2.0)
    return forecast(LifeTableModel(BINS, life_table_of(base)), base)


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
    assert forecast(Even(), base_of([[START]], START + 1)).likely_bin.tolist() == [1]


@given(shops(), st.integers(START, START + 420), st.lists(st.integers(0, 99), min_size=1, max_size=4))
def test_rows_from_the_as_of_on_change_nothing(shop: list[Days], as_of: int, later: Days) -> None:
    past = [[day for day in days if day < as_of] for days in shop]
    future = [days + [as_of + day for day in later] for days in past]
    both = [vars(forecast_of(customers, as_of)).values() for customers in (past, future)]
    for before, after in zip(*both, strict=True):
        np.testing.assert_array_equal(before, after)


def test_amount_totals_are_unknown_where_no_amount_is_known() -> None:
    history = VisitHistory.from_rows(
        np.array([0, 0, 1, 1]), np.array([1, 2, 1, 2]), np.array([np.nan, 3.0, np.nan, np.nan]), 3
    )
    np.testing.assert_equal(amount_totals(history), [3.0, np.nan, np.nan])
