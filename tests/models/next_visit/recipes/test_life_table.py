"""The life table as a model; `test_registry` saves and loads it."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.common.recipe import Training
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.recipes.life_table import LifeTableModel, LifeTableRecipe
from models.next_visit.settings import NextVisitSettings
from nightcast.values import Bins
from tests.models.next_visit.reference import START, Days, base_of, bins_strategy, shops

AS_OFS = st.integers(START - 5, START + 500)


def fitted(known: CustomerBase, bins: Bins) -> LifeTableModel:
    return LifeTableRecipe().fit(known, Training(NextVisitSettings(bin_edges_days=bins.edges), 1))


@given(shops(), AS_OFS, bins_strategy())
def test_rows_sum_to_one_for_any_history(shop: list[Days], as_of: int, bins: Bins) -> None:
    base = base_of(shop, as_of)
    probabilities = fitted(base, bins).probabilities(base)
    assert probabilities.shape == (len(shop), bins.count)
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-9)


def test_the_visits_of_a_weekly_customer_are_expected_a_week_apart() -> None:
    shop = [list(range(START, START + 700, 7))] * 50
    model = fitted(base_of(shop, START + 700), Bins((3, 7, 14)))
    today, tomorrow = (model.probabilities(base_of(shop, START + 694 + day))[0] for day in (6, 1))
    assert today[0] > 0.9
    assert tomorrow[0] < 0.02
    assert tomorrow[1] > 0.9


def test_ten_years_without_a_visit_is_a_sane_row() -> None:
    model = fitted(base_of([[START], [START + 3]], START + 4), Bins((7, 14)))
    row = model.probabilities(base_of([[START]], START + 3650))[0]
    assert np.isfinite(row).all()
    assert math.isclose(row.sum(), 1, abs_tol=1e-9)
