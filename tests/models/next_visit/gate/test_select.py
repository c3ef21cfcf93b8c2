"""The gate with cheap fakes in place of the network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.common.selection import Progress
from models.next_visit.data.intervals import known_rows
from models.next_visit.data.landmarks import came_true
from models.next_visit.data.visits import VisitHistory
from models.next_visit.gate.select import select
from models.next_visit.recipes import registry as recipes
from models.next_visit.recipes.model import NextVisitModel
from models.next_visit.recipes.registry import NETWORKS, candidates, fit_baseline
from models.next_visit.settings import NextVisitSettings
from nightcast.values import Bins
from tests.models.next_visit.reference import START, history_of

SETTINGS = NextVisitSettings(bin_edges_days=(7, 14), minimum_rows=50, minimum_customers=5)
AS_OF = START + 200
GATE = AS_OF - 14


@dataclass(frozen=True, eq=False)
class Oracle:
    """Knows the bin that comes true, and gives it `trust`; `full` is all that will happen."""

    full: VisitHistory
    trust: float
    recipe: str = "lstm"
    bins: Bins = SETTINGS.bins
    fitted_at: int | None = None

    def probabilities(self, history: VisitHistory, as_of: int) -> NDArray[np.float64]:
        assert history.data_through is None or history.data_through < as_of, "shown what comes later"
        rows = known_rows(self.full, as_of)
        result = np.full((history.customers, self.bins.count), (1 - self.trust) / (self.bins.count - 1))
        result[rows.customer, came_true(self.full, rows, self.bins)] = self.trust
        return result

    def save(self, folder: Path) -> None:
        raise NotImplementedError


def shop() -> VisitHistory:
    return history_of([list(range(START + code, START + 230, 5 + code)) for code in range(20)])


def with_lstm(monkeypatch: pytest.MonkeyPatch, trust: float) -> list[tuple[int, int | None]]:
    """Put an oracle in the network's place; returns the as-of and last known day of each fit."""
    calls: list[tuple[int, int | None]] = []

    def fit(
        history: VisitHistory, as_of: int, settings: NextVisitSettings, seed: int, progress: Progress
    ) -> NextVisitModel:
        calls.append((as_of, history.data_through))
        progress(1.0)
        return Oracle(shop(), trust, fitted_at=as_of)

    for name in recipes.FITS.keys() - {"lstm", "life_table"}:
        monkeypatch.delitem(recipes.FITS, name)
    monkeypatch.setitem(recipes.FITS, "lstm", fit)
    return calls


def test_the_better_recipe_is_refitted_on_all_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = with_lstm(monkeypatch, 0.99)
    found = select(shop(), AS_OF, SETTINGS, 1)
    assert (found.recipe, found.retrained) == ("lstm", True)
    assert [as_of for as_of, _ in calls] == [GATE, AS_OF]
    assert all(last is not None and last < as_of for as_of, last in calls)
    assert isinstance(found.model, Oracle)
    assert found.model.fitted_at == AS_OF
    assert found.decision.startswith("lstm serves: log loss 0.010 against ")
    assert found.decision.endswith("of life_table at 2008-11-03")


def test_the_baseline_serves_where_the_network_loses(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = with_lstm(monkeypatch, 0.01)
    found = select(shop(), AS_OF, SETTINGS, 1)
    assert (found.recipe, found.model.recipe) == ("life_table", "life_table")
    assert [as_of for as_of, _ in calls] == [GATE]
    assert "life_table serves: log loss" in found.decision
    assert "of lstm" in found.decision


def test_a_tie_goes_to_the_simpler_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    with_lstm(monkeypatch, 0.5)
    monkeypatch.setitem(recipes.FITS, "life_table", lambda *_: Oracle(shop(), 0.5, recipe="life_table"))
    assert select(shop(), AS_OF, SETTINGS, 1).recipe == "life_table"


def test_an_old_champion_that_wins_serves_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = with_lstm(monkeypatch, 0.9)
    champion = Oracle(shop(), 0.95)
    found = select(shop(), AS_OF, SETTINGS, 1, champion, GATE)
    assert found.model is champion
    assert not found.retrained
    assert found.decision.startswith("the champion (lstm) goes on serving: log loss 0.051 against 0.105 of lstm and ")
    assert len(calls) == 1


def test_an_old_champion_that_loses_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with_lstm(monkeypatch, 0.9)
    found = select(shop(), AS_OF, SETTINGS, 1, Oracle(shop(), 0.8), GATE)
    assert (found.recipe, found.retrained) == ("lstm", True)
    assert "of the champion (lstm)" in found.decision


def test_an_old_champion_wins_a_tie_with_a_new_fit_of_its_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    with_lstm(monkeypatch, 0.9)
    champion = Oracle(shop(), 0.9)
    assert select(shop(), AS_OF, SETTINGS, 1, champion, GATE).model is champion


def test_a_young_champion_counts_by_its_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    with_lstm(monkeypatch, 0.9)
    champion = Oracle(shop(), 0.999)
    found = select(shop(), AS_OF, SETTINGS, 1, champion, GATE + 1)
    assert found.model is not champion
    assert found.retrained
    assert "is younger than that and counts by its recipe, lstm" in found.decision


def test_a_champion_with_other_bins_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    with_lstm(monkeypatch, 0.9)
    found = select(shop(), AS_OF, SETTINGS, 1, Oracle(shop(), 0.99, bins=Bins((3, 14))), GATE)
    assert found.retrained
    assert "other bins" in found.decision


@pytest.mark.parametrize(("days", "missing"), [(1, 28), (14, 15), (15, 14), (28, 1)])
def test_too_little_history_names_the_missing_days(monkeypatch: pytest.MonkeyPatch, days: int, missing: int) -> None:
    calls = with_lstm(monkeypatch, 0.99)
    found = select(shop(), START + days, SETTINGS, 1)
    assert (found.recipe, found.retrained, calls) == ("life_table", True, [])
    assert f"{missing} days of history are missing" in found.decision
    assert bool(found.evaluations) == (days > 14)


def test_history_of_two_horizons_and_a_day_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    with_lstm(monkeypatch, 0.99)
    settings = SETTINGS.model_copy(update={"minimum_rows": 1, "minimum_customers": 1})
    assert select(shop(), START + 29, settings, 1).recipe == "lstm"


def test_too_few_customers_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    with_lstm(monkeypatch, 0.99)
    found = select(history_of([list(range(START, START + 200, 9))]), AS_OF, SETTINGS, 1)
    assert found.recipe == "life_table"
    assert "the models need 50 rows of 5 customers to learn from, and there are 25 of 1" in found.decision


def test_the_simple_recipes_are_compared_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(recipes.FITS, "lstm", lambda *_: Oracle(shop(), 0.01))
    found = select(shop(), AS_OF, SETTINGS, 1)
    assert found.recipe != "lstm"
    for name in candidates(SETTINGS):
        assert name in found.decision


@pytest.mark.parametrize("architecture", NETWORKS)
def test_only_the_chosen_architecture_is_a_candidate(architecture: str) -> None:
    settings = NextVisitSettings.model_validate({"architecture": architecture})
    assert [name for name in candidates(settings) if name in NETWORKS.values()] == [NETWORKS[architecture]]
    assert {"pareto_nbd", "life_table"} <= candidates(settings).keys()


def test_an_empty_history_gets_the_baseline() -> None:
    found = select(history_of([[], []]), AS_OF, SETTINGS, 1)
    assert found.recipe == "life_table"
    assert "no visit is known" in found.decision
    np.testing.assert_allclose(found.model.probabilities(history_of([[], []]), AS_OF).sum(axis=1), 1)


def test_evaluations_stand_beside_the_baseline_and_the_marginal(monkeypatch: pytest.MonkeyPatch) -> None:
    with_lstm(monkeypatch, 0.99)
    found = select(shop(), AS_OF, SETTINGS, 1)
    assert {one.day for one in found.evaluations} == {GATE}
    assert {one.baseline for one in found.evaluations} == {"life_table", "marginal"}
    marginal = [one for one in found.evaluations if one.baseline == "marginal"]
    assert [(one.segment, one.metric) for one in marginal] == [("all", "log_loss")]
    assert marginal[0].value == pytest.approx(-np.log(0.99))
    assert 0.3 < marginal[0].baseline_value < np.log(3) + 1


def test_what_happens_from_the_as_of_on_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with_lstm(monkeypatch, 0.4)
    known, full = shop().before(AS_OF), shop()
    assert known.day.size < full.day.size
    both = [select(history, AS_OF, SETTINGS, 1) for history in (known, full)]
    assert both[0].decision == both[1].decision
    assert both[0].evaluations == both[1].evaluations


def test_progress_rises_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with_lstm(monkeypatch, 0.99)
    shares: list[float] = []
    select(shop(), AS_OF, SETTINGS, 1, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_the_baseline_of_one_visit() -> None:
    history = history_of([[START]])
    row = fit_baseline(history, START + 1, SETTINGS).probabilities(history, START + 1)
    assert np.isfinite(row).all()
