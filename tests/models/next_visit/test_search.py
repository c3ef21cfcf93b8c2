"""Which settings are searched, and what they are measured on."""

from __future__ import annotations

import numpy as np
import pytest

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.background import life_table_of
from models.next_visit.recipes import registry
from models.next_visit.recipes.life_table import LifeTableModel, LifeTableRecipe
from models.next_visit.recipes.model import NextVisitTraining
from models.next_visit.search import applied, objective, present, space
from models.next_visit.settings import NextVisitSettings
from nightcast.errors import InputError, SettingsError
from tests.models.next_visit.reference import START, history_of

SETTINGS = NextVisitSettings(bin_edges_days=(7, 14))
AS_OF = START + 100
CLASSIC = NextVisitSettings(recipes=("pareto_nbd", "interval_classifier"))


def shop() -> VisitHistory:
    return history_of([list(range(START + code, START + 130, 5 + code)) for code in range(20)])


class Watched(LifeTableRecipe):
    """A life table in the network's place, and what each fit was asked for."""

    def __init__(self) -> None:
        self.calls: list[tuple[CustomerBase, NextVisitSettings]] = []

    def fit(self, known: CustomerBase, training: NextVisitTraining) -> LifeTableModel:
        self.calls.append((known, training.settings))
        return LifeTableModel(training.settings.bins, life_table_of(known))


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    recipe = Watched()
    monkeypatch.setitem(registry.RECIPES, "hazard_lstm", recipe)
    return recipe


def test_it_looks_only_at_what_was_known_at_the_gate(watched: Watched) -> None:
    evaluate = objective(CustomerBase.at(shop(), AS_OF), SETTINGS, 1)
    value = evaluate({"units": 3})
    assert np.isfinite(value)
    assert [known.as_of for known, _ in watched.calls] == [AS_OF - 28, AS_OF - 35]
    assert all(settings.network.units == 3 for _, settings in watched.calls)
    at_the_gate = CustomerBase(shop().before(AS_OF - 14), AS_OF)
    assert objective(at_the_gate, SETTINGS, 1)({"units": 3}) == value


def test_trials_share_what_is_known_at_each_origin(watched: Watched) -> None:
    evaluate = objective(CustomerBase.at(shop(), AS_OF), SETTINGS, 1)
    evaluate({"units": 3})
    evaluate({"units": 4})
    assert [known for known, _ in watched.calls[:2]] == [known for known, _ in watched.calls[2:]]


@pytest.mark.usefixtures("watched")
def test_too_short_a_history_is_refused_with_the_missing_days() -> None:
    assert objective(CustomerBase.at(shop(), START + 43), SETTINGS, 1)({"units": 3}) > 0
    with pytest.raises(InputError, match=r"43 days of history.* 1 of them"):
        objective(CustomerBase.at(shop(), START + 42), SETTINGS, 1)
    with pytest.raises(InputError, match="no visit"):
        objective(CustomerBase.at(history_of([[]]), AS_OF), SETTINGS, 1)


@pytest.mark.parametrize("settings", [SETTINGS, CLASSIC], ids=["hazard_lstm", "classic"])
def test_present_settings_applied_change_nothing_and_others_do(settings: NextVisitSettings) -> None:
    now = present(settings)
    assert now.keys() == space(settings).keys()
    assert applied(settings, now) == settings
    assert all(space(settings)[name].holds(value) for name, value in now.items())
    other = applied(settings, {"epochs": 3, "look_back": 5})
    section = other.classic if settings is CLASSIC else other.network
    assert (section.epochs, other.classic.look_back if settings is CLASSIC else other.look_back) == (3, 5)
    assert other.bins == settings.bins


def test_without_a_network_there_is_nothing_to_search() -> None:
    with pytest.raises(SettingsError, match="recipes"):
        space(NextVisitSettings(recipes=("pareto_nbd",)))
