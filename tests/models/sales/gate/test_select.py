from __future__ import annotations

import math

import numpy as np
import pytest

from models.common.arrays import Floats
from models.common.selection import Champion
from models.sales.data.panel import SalesPanel
from models.sales.features.training_windows import NothingToLearnError
from models.sales.gate import contenders
from models.sales.gate.select import select
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


def stairs(length: int = 120, series: int = 60) -> Floats:
    """Each series rises by one every week, so that its last value beats the season before."""
    return np.geomspace(10.0, 1_000.0, series)[:, None] + np.arange(length) // 7


def test_the_better_recipe_is_refitted_on_all_that_is_known(fitted: list[int]) -> None:
    selection = select(panel_of(stairs()), ALONE, 1)
    assert (selection.recipe, selection.retrained) == ("lstm", True)
    assert fitted == [120 - 3 * 7, 120 - 2 * 7, 120 - 7, 120]
    assert selection.decision.startswith("lstm serves")
    assert "2 origins since 2024-04-16" in selection.decision
    assert "seasonal_naive 0." in selection.decision
    assert selection.skill is not None
    assert (selection.skill > 0).all()
    assert selection.skill.shape == (60,)


def test_the_baseline_stays_where_nothing_beats_it(fitted: list[int]) -> None:
    week = np.tile([1.0, 5, 2, 8, 3, 9, 4], 20)[None]
    selection = select(panel_of(week), ALONE, 1)
    assert selection.recipe == selection.model.recipe == "seasonal_naive"
    assert len(fitted) == 3


def test_the_best_single_recipe_serves_where_what_was_chosen_before_lost(
    fitted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One recipe is perfect at the first origin, and triples the sales from then on."""
    unsteady = Stub("theta", lambda panel: Constant(1.0 if panel.length == 99 else 3.0, recipe="theta"))
    monkeypatch.setitem(registry.RECIPES, "theta", unsteady)
    monkeypatch.setitem(registry.RECIPES, "lstm", Stub("lstm", lambda panel: Constant(1.02)))
    weeks = np.random.default_rng(1).gamma(4.0, 10.0, (60, 18))
    selection = select(panel_of(weeks[:, np.arange(120) // 7]), settings_with(recipes=("theta", "lstm")), 1)
    assert selection.decision.startswith("lstm serves: ")
    assert selection.model.recipe == "lstm"


def test_an_older_champion_is_compared_at_the_newest_origin_and_stays_on_a_tie(fitted: list[int]) -> None:
    champion = Constant(1.0)
    newest = START + 120 - 7
    selection = select(panel_of(stairs()), ALONE, 1, champion=Champion(champion, newest))
    assert selection.model is champion
    assert (selection.recipe, selection.retrained) == ("lstm", False)
    assert "the champion serves" in selection.decision
    assert {row.day for row in selection.evaluations} == {newest}
    assert len(fitted) == 3
    worse = select(panel_of(stairs()), ALONE, 1, champion=Champion(Constant(0.5), newest))
    assert worse.retrained
    assert "the champion 0." in worse.decision


def test_a_younger_champion_or_one_of_another_shape_does_not_take_part(fitted: list[int]) -> None:
    young = select(panel_of(stairs()), ALONE, 1, champion=Champion(Constant(1.0), START + 120 - 6))
    other = select(panel_of(stairs()), ALONE, 1, champion=Champion(Constant(1.0, horizon=9), START))
    for selection in (young, other):
        assert selection.retrained
        assert "champion" not in selection.decision


def test_a_short_history_is_compared_on_what_there_is(fitted: list[int]) -> None:
    selection = select(panel_of(stairs(20)), ALONE, 1)
    assert fitted[:-1] == [14, 16, 17]
    assert "of the first 3 of 7 steps on 2 origins" in selection.decision


def test_without_any_origin_the_fixed_recipe_serves(fitted: list[int]) -> None:
    selection = select(panel_of(stairs(4)), ALONE, 1)
    assert selection.model.recipe == registry.FIXED
    assert "with 4 periods of history there is nothing to compare recipes on" in selection.decision
    assert selection.skill is not None
    assert np.isnan(selection.skill).all()
    assert not fitted


def test_a_skill_may_be_negative(fitted: list[int]) -> None:
    week = 100 + 0.2 * np.tile([1.0, 5, 2, 8, 3, 9, 4], 20)[None, :120]
    noise = np.random.default_rng(1).normal(0, 0.01, week.shape)
    selection = select(panel_of(np.concatenate([week + noise, stairs()])), ALONE, 1)
    assert selection.skill is not None
    assert selection.skill[0] < 0 < selection.skill[1:].min()


def test_many_series_are_compared_on_a_sample_and_measured_all(
    fitted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contenders, "SAMPLE", 5)
    selection = select(panel_of(stairs(series=12)), ALONE, 1)
    assert "of 5 of 12 series" in selection.decision
    assert selection.skill is not None
    assert (selection.skill > 0).all()


def test_what_would_use_up_the_budget_is_left_out_and_said(fitted: list[int]) -> None:
    selection = select(panel_of(stairs()), ALONE, 1, budget_seconds=1e-9)
    assert selection.recipe == "seasonal_naive"
    assert "Lstm is left out, since it would need" in selection.decision


def test_nothing_to_learn_from_leaves_the_baseline(monkeypatch: pytest.MonkeyPatch) -> None:
    def fit(panel: SalesPanel) -> SalesModel:
        raise NothingToLearnError

    monkeypatch.setitem(registry.RECIPES, "lstm", Stub("lstm", fit))
    selection = select(panel_of(stairs()), ALONE, 1)
    assert selection.recipe == "seasonal_naive"
    assert "Lstm has too few known values to learn from." in selection.decision


def test_evaluations_have_a_row_for_each_origin_and_metric(fitted: list[int]) -> None:
    selection = select(panel_of(stairs(), late=3), ALONE, 1)
    days = sorted({row.day for row in selection.evaluations})
    assert [str(to_date(number)) for number in days] == ["2024-04-16", "2024-04-23"]
    assert {row.metric for row in selection.evaluations} == {
        "wape", "wape_mean", "mase", "smape", "weighted_quantile_loss", "coverage_80", "coverage_95",
    }  # fmt: skip
    assert {(row.segment, row.baseline) for row in selection.evaluations} == {
        (segment, "seasonal_naive") for segment in ("all", "steps 1-7")
    }
    assert all(math.isfinite(row.value + row.baseline_value) for row in selection.evaluations)


def test_stretches_of_steps_are_reported_where_all_of_their_steps_are_compared() -> None:
    options = settings_with(horizon=20, recipes=("seasonal_naive",))
    long = select(panel_of(stairs(), settings=options), options, 1).evaluations
    assert {row.segment for row in long} == {"all", "steps 1-7", "steps 8-14", "steps 15-20"}
    of_whole = {(row.day, row.metric): row.value for row in long if row.segment == "all"}
    for day in {row.day for row in long}:
        stretches = [row.value for row in long if (row.day, row.metric) == (day, "wape") and row.segment != "all"]
        assert min(stretches) <= of_whole[day, "wape"] <= max(stretches)
    short = select(panel_of(stairs(60), settings=options), options, 1).evaluations
    assert {row.segment for row in short} == {"all", "steps 1-7"}


def test_intermittent_and_smooth_series_are_reported_apart(fitted: list[int]) -> None:
    values = rhythm(2, 120)
    values[1, np.arange(120) % 2 == 0] = math.nan
    selection = select(panel_of(values, missing="auto"), ALONE, 1)
    assert {row.segment for row in selection.evaluations} == {"all", "intermittent", "smooth", "steps 1-7"}
