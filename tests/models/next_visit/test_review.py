from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.next_visit.features.background import life_table_of
from models.next_visit.recipes.life_table import LifeTableModel
from models.next_visit.review import beside_outcome, calibration_of, figures_of
from nightcast.values import Bins
from tests.models.next_visit.reference import (
    AS_OF,
    Days,
    base_of,
    bin_by_interval,
    bins_strategy,
    history_of,
    shops,
    visit_days,
)


@given(shops(), bins_strategy(), st.integers(0, 10**6), st.data())
def test_scores_are_the_slow_ones(customers: list[Days], bins: Bins, seed: int, data: st.DataObject) -> None:
    forecast = [bool(visit_days(days, AS_OF)) and data.draw(st.booleans()) for days in customers]
    history = history_of(customers)
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(bins.count), len(customers))
    probabilities[~np.array(forecast)] = math.nan
    reviewed = {one.metric: one for one in figures_of(beside_outcome(history, AS_OF, bins, probabilities), ["all"])}
    assert reviewed["customers"].value == sum(forecast)
    assert {(one.day, one.segment, one.baseline) for one in reviewed.values()} == {(AS_OF, "all", "life_table")}
    if not any(forecast):
        assert set(reviewed) == {"customers"}
        return
    known = base_of(customers)
    table = LifeTableModel(bins, life_table_of(known)).probabilities(known)
    came = {
        customer: bin_by_interval(days, AS_OF, bins)
        for customer, (days, has_one) in enumerate(zip(customers, forecast, strict=True))
        if has_one
    }
    ours = np.mean([-math.log(max(probabilities[customer, came_in], 1e-9)) for customer, came_in in came.items()])
    theirs = np.mean([-math.log(table[customer, came_in]) for customer, came_in in came.items()])
    assert reviewed["log_loss"].value == pytest.approx(ours)
    assert reviewed["log_loss"].baseline_value == pytest.approx(theirs)
    assert reviewed["realised_returners"].value == sum(came_in < bins.count - 1 for came_in in came.values())


def test_what_came_after_the_as_of_does_not_help_the_baseline() -> None:
    before = [[AS_OF - 30, AS_OF - 3], [AS_OF - 9]]
    after = [[*before[0], *range(AS_OF + 60, AS_OF + 90)], before[1]]
    bins, probabilities, parts = Bins((7, 14)), np.full((2, 3), 1 / 3), ["1-7", "all"]
    assert (
        figures_of(beside_outcome(history_of(before), AS_OF, bins, probabilities), parts)[:-1]
        == figures_of(beside_outcome(history_of(after), AS_OF, bins, probabilities), parts)[:-1]
    )


def test_a_customer_whose_visits_before_the_as_of_have_gone_is_scored_all_the_same() -> None:
    reviewed = {
        one.metric: one.value
        for one in figures_of(
            beside_outcome(history_of([[AS_OF + 2], [AS_OF - 2]]), AS_OF, Bins((7,)), np.array([[0.5, 0.5]] * 2)),
            ["all"],
        )
    }
    assert reviewed["customers"] == 2
    assert reviewed["realised_returners"] == 1


def test_calibration_of_a_bin_and_of_the_horizon() -> None:
    history = history_of([[AS_OF - 5, AS_OF + 2], [AS_OF - 5, AS_OF + 9], [AS_OF - 5]])
    probabilities = np.array([[0.2, 0.3, 0.5], [0.1, 0.2, 0.7], [0.5, 0.4, 0.1]])
    reviewed = beside_outcome(history, AS_OF, Bins((7, 14)), probabilities)
    first, whole = (calibration_of(reviewed, part) for part in ("1-7", "all"))
    assert (first.predicted.tolist(), first.realised.tolist()) == ([0.1, 0.2, 0.5], [0, 1, 0])
    assert whole.predicted == pytest.approx([0.3, 0.5, 0.9])
    assert whole.realised.tolist() == [1, 1, 0]


def test_without_a_forecast_there_are_no_groups() -> None:
    reviewed = beside_outcome(history_of([[AS_OF - 5]]), AS_OF, Bins((7,)), np.full((1, 2), math.nan))
    assert calibration_of(reviewed, "all").customers.size == 0
