from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.next_visit.data.intervals import waits
from models.next_visit.recipes.life_table import CELL_STARTS, GROUP_STARTS, LifeTable, fit_life_table
from models.next_visit.recipes.model import load_model
from nightcast.values import Bins
from tests.models.next_visit.reference import START, Days, bins_strategy, history_of, shops, visit_days

AS_OFS = st.integers(START - 5, START + 500)


def cell_of(day: int) -> int:
    return max(number for number, start in enumerate(CELL_STARTS.tolist()) if start <= day)


def slow_hazards(shop: list[Days], as_of: int) -> np.ndarray:
    """Counts day by day: who could have come on day t of a wait, and who came; then the two shrinkages."""
    visits, exposure = np.zeros((3, CELL_STARTS.size)), np.zeros((3, CELL_STARTS.size))
    for days in shop:
        known = visit_days(days, as_of)
        for place, begin in enumerate(known, start=1):
            group = 0 if place == 1 else 1 if place <= 4 else 2
            end = known[place] if place < len(known) else None
            for day in range(begin + 1, as_of if end is None else end + 1):
                exposure[group, cell_of(day - begin)] += 1
                visits[group, cell_of(day - begin)] += day == end
    pooled = []
    hazard = (visits.sum() + 1) / (exposure.sum() + 100)
    for came, waited in zip(visits.sum(axis=0), exposure.sum(axis=0), strict=True):
        hazard = (came + 1) / (waited + 1 / hazard)
        pooled.append(hazard)
    result: np.ndarray = (visits + 5) / (exposure + 5 / np.array(pooled))
    return result


@given(shops(3), AS_OFS)
def test_hazards_are_the_slow_count(shop: list[Days], as_of: int) -> None:
    table = LifeTable.fit(waits(history_of(shop), as_of))
    np.testing.assert_allclose(table.hazards, slow_hazards(shop, as_of), rtol=1e-10)


@given(st.integers(1, 5000), st.integers(1, 9), bins_strategy())
def test_a_bin_is_the_days_it_says(elapsed: int, count: int, bins: Bins) -> None:
    random = np.random.default_rng(3)
    table = LifeTable(random.uniform(0.001, 0.3, (GROUP_STARTS.size, CELL_STARTS.size)))
    group = 0 if count == 1 else 1 if count <= 4 else 2
    expected, open_still = [], 1.0
    for first, last in bins.ranges[:-1]:
        came = 0.0
        for ahead in range(first, (last or first) + 1):
            hazard = table.hazards[group, cell_of(elapsed + ahead - 1)]
            came += open_still * hazard
            open_still *= 1 - hazard
        expected.append(came)
    found = table.probabilities(np.array([elapsed]), np.array([count]), bins)[0]
    np.testing.assert_allclose(found, [*expected, open_still], atol=1e-12)
    hazards = table.bin_hazards(np.array([elapsed]), np.array([count]), bins)[0]
    reached = 1 - np.concatenate([[0], np.cumsum(expected)[:-1]])
    np.testing.assert_allclose(hazards * reached, expected, atol=1e-12)


@given(shops(), AS_OFS, bins_strategy())
def test_rows_sum_to_one_for_any_history(shop: list[Days], as_of: int, bins: Bins) -> None:
    history = history_of(shop)
    probabilities = fit_life_table(history, as_of, bins).probabilities(history, as_of)
    assert probabilities.shape == (len(shop), bins.count)
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-9)


def test_the_visits_of_a_weekly_customer_are_expected_a_week_apart() -> None:
    shop = [list(range(START, START + 700, 7))] * 50
    history = history_of(shop)
    model = fit_life_table(history, START + 700, Bins((3, 7, 14)))
    today, tomorrow = (model.probabilities(history, START + 694 + day)[0] for day in (6, 1))
    assert today[0] > 0.9
    assert tomorrow[0] < 0.02
    assert tomorrow[1] > 0.9


def test_a_wait_that_nobody_waited_keeps_the_last_hazard() -> None:
    seen = waits(history_of([[START, START + 10]]), START + 15)
    hazards = LifeTable.fit(seen).hazards
    np.testing.assert_allclose(hazards[:, 20:], hazards[:, 19:20] * np.ones((1, CELL_STARTS.size - 20)))


def test_ten_years_without_a_visit_is_a_sane_row() -> None:
    model = fit_life_table(history_of([[START], [START + 3]]), START + 4, Bins((7, 14)))
    row = model.probabilities(history_of([[START]]), START + 3650)[0]
    assert np.isfinite(row).all()
    assert math.isclose(row.sum(), 1, abs_tol=1e-9)


def test_saved_and_loaded_it_says_the_same(tmp_path: Path) -> None:
    history = history_of([[START, START + 9], [START + 3], []])
    model = fit_life_table(history, START + 20, Bins((7, 14)))
    model.save(tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert (loaded.recipe, loaded.bins) == ("life_table", Bins((7, 14)))
    np.testing.assert_array_equal(loaded.probabilities(history, START + 20), model.probabilities(history, START + 20))
