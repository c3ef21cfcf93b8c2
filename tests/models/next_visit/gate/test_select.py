"""The gate with cheap fakes in place of the networks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.common.recipe import Description
from models.common.selection import Champion, Selection
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.intervals import Rows
from models.next_visit.data.landmarks import observed_bin
from models.next_visit.data.visits import VisitHistory
from models.next_visit.gate.select import select
from models.next_visit.recipes import registry
from models.next_visit.recipes.model import NextVisitModel, NextVisitTraining
from models.next_visit.recipes.registry import BASELINE, fit_baseline
from models.next_visit.settings import NetworkSettings, NextVisitSettings
from nightcast.values import Bins, to_date
from tests.models.next_visit.reference import AS_OF, START, Days, base_of, history_of

SETTINGS = NextVisitSettings(bin_edges_days=(7, 14), recipes=("hazard_lstm",))
GATE = AS_OF - 14


def shop() -> list[Days]:
    return [list(range(START + code, START + 230, 5 + code)) for code in range(20)]


@dataclass(frozen=True, eq=False)
class Oracle:
    """Knows the bin that will be observed, and gives it `trust`."""

    trust: float
    recipe: str = "hazard_lstm"
    bins: Bins = SETTINGS.bins
    full: VisitHistory = field(default_factory=lambda: history_of(shop()))

    def probabilities(self, known: CustomerBase) -> NDArray[np.float64]:
        history = known.history
        assert history.data_through is None or history.data_through < known.as_of, "shown what comes later"
        customer = known.rows.customer
        result = np.full((known.customers, self.bins.count), (1 - self.trust) / (self.bins.count - 1))
        observed = observed_bin(self.full, Rows.at(self.full, customer, known.as_of), self.bins)
        result[customer, observed] = self.trust
        return result

    def save(self, folder: Path) -> None:
        raise NotImplementedError


@dataclass
class OracleRecipe:
    """Fits oracles; `as_ofs` and `settings` are those of each fit."""

    trust: float
    name: str = "hazard_lstm"
    as_ofs: list[int] = field(default_factory=list)
    settings: list[NextVisitSettings] = field(default_factory=list)

    def fit(self, known: CustomerBase, training: NextVisitTraining) -> Oracle:
        self.as_ofs.append(known.as_of)
        self.settings.append(training.settings)
        training.progress(1.0)
        return Oracle(self.trust, self.name)

    def load(self, folder: Path, description: Description) -> Oracle:
        raise NotImplementedError


@pytest.fixture(autouse=True)
def few_rows_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.next_visit.gate.origins.MINIMUM_ROWS", 50)
    monkeypatch.setattr("models.next_visit.gate.origins.MINIMUM_CUSTOMERS", 5)


def with_network(monkeypatch: pytest.MonkeyPatch, trust: float, name: str = "hazard_lstm") -> OracleRecipe:
    """Put an oracle in the place of a recipe."""
    recipe = OracleRecipe(trust, name)
    monkeypatch.setitem(registry.RECIPES, name, recipe)
    return recipe


def selected(champion: Oracle | None = None, champion_day: int = GATE, as_of: int = AS_OF) -> Selection[NextVisitModel]:
    old = None if champion is None else Champion[NextVisitModel](champion, champion_day)
    return select(base_of(shop(), as_of), SETTINGS, 1, champion=old)


def test_the_better_recipe_is_refitted_on_all_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = with_network(monkeypatch, 0.99)
    selection = selected()
    assert (selection.recipe, selection.retrained) == ("hazard_lstm", True)
    assert recipe.as_ofs == [GATE, AS_OF]
    assert selection.decision.startswith("hazard_lstm serves: log loss 0.010 against ")
    assert selection.decision.endswith("of life_table at 2008-11-03")


def test_the_baseline_serves_where_the_network_loses(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = with_network(monkeypatch, 0.01)
    selection = selected()
    assert (selection.recipe, selection.model.recipe) == ("life_table", "life_table")
    assert recipe.as_ofs == [GATE]
    assert "of hazard_lstm" in selection.decision


def test_a_tie_goes_to_the_simpler_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    with_network(monkeypatch, 0.5)
    with_network(monkeypatch, 0.5, BASELINE)
    assert selected().recipe == "life_table"


def test_an_old_champion_that_wins_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = with_network(monkeypatch, 0.9)
    champion = Oracle(0.95)
    selection = selected(champion)
    assert selection.model is champion
    assert not selection.retrained
    assert "0.051" in selection.decision
    assert recipe.as_ofs == [GATE]


def test_an_old_champion_that_loses_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with_network(monkeypatch, 0.9)
    selection = selected(Oracle(0.8))
    assert (selection.recipe, selection.retrained) == ("hazard_lstm", True)
    assert "of the champion (hazard_lstm)" in selection.decision


def test_an_old_champion_wins_a_tie_with_a_new_fit_of_its_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    with_network(monkeypatch, 0.9)
    champion = Oracle(0.9)
    assert selected(champion).model is champion


def test_a_young_champion_counts_by_its_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    with_network(monkeypatch, 0.9)
    champion = Oracle(0.999)
    selection = selected(champion, GATE + 1)
    assert selection.model is not champion
    assert selection.retrained
    assert "younger" in selection.decision


def test_a_champion_with_other_bins_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    with_network(monkeypatch, 0.9)
    selection = selected(Oracle(0.99, bins=Bins((3, 14))))
    assert selection.retrained
    assert "other bins" in selection.decision


def test_with_too_little_to_learn_from_an_old_champion_still_competes(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = with_network(monkeypatch, 0.999)
    monkeypatch.setattr("models.next_visit.gate.origins.MINIMUM_CUSTOMERS", 21)
    champion = Oracle(0.95)
    assert selected(champion).model is champion
    assert recipe.as_ofs == []


@pytest.mark.parametrize(("days", "missing"), [(1, 28), (14, 15), (15, 14), (28, 1)])
def test_too_little_history_names_the_missing_days(monkeypatch: pytest.MonkeyPatch, days: int, missing: int) -> None:
    recipe = with_network(monkeypatch, 0.99)
    selection = selected(as_of=START + days)
    assert (selection.recipe, selection.retrained, recipe.as_ofs) == ("life_table", True, [])
    assert f"{missing} days of history are missing" in selection.decision
    assert bool(selection.evaluations) == (days > 14)


@pytest.mark.parametrize(("trust", "served"), [(0.99, "hazard_lstm"), (0.01, "pareto_nbd")])
def test_a_shorter_history_compares_over_the_first_bins(
    monkeypatch: pytest.MonkeyPatch, trust: float, served: str
) -> None:
    monkeypatch.setattr("models.next_visit.gate.origins.MINIMUM_ROWS", 10)
    recipe = with_network(monkeypatch, trust)
    trees = with_network(monkeypatch, 0.999, "gradient_boosting")
    settings = NextVisitSettings(bin_edges_days=(7, 14), recipes=("hazard_lstm", "gradient_boosting", "pareto_nbd"))
    selection = select(base_of(shop(), START + 28), settings, 1)
    assert selection.recipe == served
    assert (recipe.as_ofs[0], trees.as_ofs) == (START + 21, [])
    assert f"{to_date(START + 21)} over days 1 to 7" in selection.decision
    assert "1 days of history are missing" in selection.decision
    assert selection.model.probabilities(base_of(shop(), START + 28)).shape == (20, 3)
    assert {one.day for one in selection.evaluations} == {START + 21}


def test_history_of_two_horizons_and_a_day_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    with_network(monkeypatch, 0.99)
    monkeypatch.setattr("models.next_visit.gate.origins.MINIMUM_ROWS", 1)
    monkeypatch.setattr("models.next_visit.gate.origins.MINIMUM_CUSTOMERS", 1)
    assert selected(as_of=START + 29).recipe == "hazard_lstm"


def test_too_few_customers_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    with_network(monkeypatch, 0.99)
    selection = select(base_of([list(range(START, START + 200, 9))]), SETTINGS, 1)
    assert selection.recipe == "life_table"
    assert "25 of 1" in selection.decision


def test_the_other_recipes_are_compared_too_and_the_settings_of_a_search_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipe = with_network(monkeypatch, 0.9)
    with_network(monkeypatch, 0.8, "gradient_boosting")
    tuned = NextVisitSettings(bin_edges_days=(7, 14), network=NetworkSettings(units=5))
    settings = tuned.model_copy(update={"network": NetworkSettings(units=4)})
    decision = select(base_of(shop()), settings, 1, tuned=tuned).decision
    assert [one.network.units for one in recipe.settings[:2]] == [4, 5]
    names = ("hazard_lstm", "hazard_lstm with tuned settings", "gradient_boosting", "pareto_nbd", "life_table")
    for name in names:
        assert f"of {name} and" in decision or f"of {name} at" in decision or decision.startswith(f"{name} serves")
    assert decision.count("blend") == 1


def test_an_empty_history_gets_the_baseline() -> None:
    known = base_of([[], []])
    selection = select(known, SETTINGS, 1)
    assert selection.recipe == "life_table"
    assert "no visit is known" in selection.decision
    np.testing.assert_allclose(selection.model.probabilities(known).sum(axis=1), 1)


def test_evaluations_are_given_with_the_baseline_and_the_marginal(monkeypatch: pytest.MonkeyPatch) -> None:
    with_network(monkeypatch, 0.99)
    evaluations = selected().evaluations
    assert {one.day for one in evaluations} == {GATE}
    assert {one.baseline for one in evaluations} == {"life_table", "marginal"}
    marginal = [one for one in evaluations if one.baseline == "marginal"]
    assert [(one.segment, one.metric) for one in marginal] == [("all", "log_loss")]
    assert marginal[0].value == pytest.approx(-np.log(0.99))
    assert 0.3 < marginal[0].baseline_value < np.log(3) + 1


def test_progress_rises_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with_network(monkeypatch, 0.99)
    shares: list[float] = []
    select(base_of(shop()), SETTINGS, 1, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_the_baseline_of_one_visit() -> None:
    known = base_of([[START]], START + 1)
    assert np.isfinite(fit_baseline(known, SETTINGS).probabilities(known)).all()
