from __future__ import annotations

import math

import numpy as np
import pytest

from models.common.arrays import Floats
from models.common.selection import Champion
from models.sales.data.panel import SalesPanel
from models.sales.features.training_windows import NothingToLearnError
from models.sales.gate.select import SalesSelection, select
from models.sales.recipes import registry
from models.sales.recipes.model import SalesModel
from nightcast.values import to_date
from tests.models.sales.shop import START, Constant, Stub, panel_of, rhythm, settings_with

ALONE = settings_with(recipes=("lstm",))


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The network repeats the last value and is alone; the list holds the lengths of the panels it was fitted on."""
    lengths: list[int] = []

    def fit(panel: SalesPanel) -> SalesModel:
        lengths.append(panel.length)
        return Constant(1.0)

    monkeypatch.setitem(registry.RECIPES, "lstm", Stub("lstm", fit))
    return lengths


def stairs(length: int = 120) -> Floats:
    """Each series rises by one every week, so that its last value beats the season before."""
    return np.array([[10.0], [1_000.0]]) + np.arange(length) // 7


def test_the_better_recipe_is_refitted_on_all_that_is_known(fitted: list[int]) -> None:
    selection = select(panel_of(stairs()), ALONE, 1)
    assert (selection.recipe, selection.retrained) == ("lstm", True)
    assert fitted == [120 - 3 * 7, 120]
    assert selection.decision.startswith("lstm serves")
    assert "3 origins since 2024-04-09" in selection.decision
    assert "seasonal_naive 0." in selection.decision
    assert (selection.record.skill > 0).all()
    assert selection.record.skill.shape == (2,)


def test_the_baseline_stays_where_nothing_beats_it(fitted: list[int]) -> None:
    week = np.tile([1.0, 5, 2, 8, 3, 9, 4], 20)[None]
    selection = select(panel_of(week), ALONE, 1)
    assert selection.recipe == selection.model.recipe == "seasonal_naive"
    assert len(fitted) == 1


def test_an_older_champion_takes_part_as_it_is_and_stays_on_a_tie(fitted: list[int]) -> None:
    champion = Constant(1.0)
    earliest = START + 120 - 21
    selection = select(panel_of(stairs()), ALONE, 1, champion=Champion(champion, earliest))
    assert selection.model is champion
    assert (selection.recipe, selection.retrained) == ("lstm", False)
    assert "the champion serves" in selection.decision
    assert fitted == [99]
    worse = select(panel_of(stairs()), ALONE, 1, champion=Champion(Constant(0.5), earliest))
    assert worse.retrained
    assert "the champion 0." in worse.decision


def test_a_younger_champion_or_one_of_another_shape_counts_by_its_recipe(fitted: list[int]) -> None:
    young = select(panel_of(stairs()), ALONE, 1, champion=Champion(Constant(1.0), START + 120 - 20))
    other = select(panel_of(stairs()), ALONE, 1, champion=Champion(Constant(1.0, horizon=9), START))
    for selection in (young, other):
        assert selection.retrained
        assert "champion" not in selection.decision


def test_too_little_history_says_how_much_is_missing(fitted: list[int]) -> None:
    enough = 28 + 2 * 7
    short = select(panel_of(stairs(enough - 1)), ALONE, 1)
    assert short.recipe == "seasonal_naive"
    assert "1 period too short" in short.decision
    assert np.isnan(short.record.skill).all()
    assert not fitted
    assert "1 origin since" in select(panel_of(stairs(enough)), ALONE, 1).decision


def test_nothing_to_learn_from_leaves_the_baseline(monkeypatch: pytest.MonkeyPatch) -> None:
    def fit(panel: SalesPanel) -> SalesModel:
        raise NothingToLearnError

    monkeypatch.setitem(registry.RECIPES, "lstm", Stub("lstm", fit))
    selection = select(panel_of(stairs()), ALONE, 1)
    assert selection.recipe == "seasonal_naive"
    assert "to learn from" in selection.decision


def test_evaluations_have_a_row_for_each_origin_and_metric(fitted: list[int]) -> None:
    selection: SalesSelection = select(panel_of(stairs(), late=3), ALONE, 1)
    days = sorted({row.day for row in selection.evaluations})
    assert [str(to_date(number)) for number in days] == ["2024-04-09", "2024-04-16", "2024-04-23"]
    assert {row.metric for row in selection.evaluations} == {
        "wape", "wape_mean", "mase", "smape", "weighted_quantile_loss", "coverage_80", "coverage_95",
    }  # fmt: skip
    assert {(row.segment, row.baseline) for row in selection.evaluations} == {("all", "seasonal_naive")}
    assert all(math.isfinite(row.value + row.baseline_value) for row in selection.evaluations)


def test_intermittent_and_smooth_series_are_reported_apart(fitted: list[int]) -> None:
    values = rhythm(2, 120)
    values[1, np.arange(120) % 2 == 0] = math.nan
    selection = select(panel_of(values, missing="auto"), ALONE, 1)
    assert {row.segment for row in selection.evaluations} == {"all", "intermittent", "smooth"}
