from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.next_visit.data.intervals import waits
from models.next_visit.features.life_table import CELL_STARTS, GROUP_STARTS, LifeTable
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
    probabilities = table.probabilities(np.array([elapsed]), np.array([count]), bins)[0]
    np.testing.assert_allclose(probabilities, [*expected, open_still], atol=1e-12)
    hazards = table.bin_hazards(np.array([elapsed]), np.array([count]), bins)[0]
    reached = 1 - np.concatenate([[0], np.cumsum(expected)[:-1]])
    np.testing.assert_allclose(hazards * reached, expected, atol=1e-12)


def test_a_wait_that_nobody_waited_keeps_the_last_hazard() -> None:
    seen = waits(history_of([[START, START + 10]]), START + 15)
    hazards = LifeTable.fit(seen).hazards
    np.testing.assert_allclose(hazards[:, 20:], hazards[:, 19:20] * np.ones((1, CELL_STARTS.size - 20)))
