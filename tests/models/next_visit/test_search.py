"""What a search of next-visit settings is scored on."""

from __future__ import annotations

import numpy as np
import pytest

from models.common.selection import Progress
from models.next_visit.data.visits import VisitHistory
from models.next_visit.recipes import registry as recipes
from models.next_visit.recipes.life_table import fit_life_table
from models.next_visit.recipes.model import NextVisitModel
from models.next_visit.search import applied, objective, present, space
from models.next_visit.settings import NextVisitSettings
from nightcast.errors import InputError
from tests.models.next_visit.reference import START, history_of

SETTINGS = NextVisitSettings(bin_edges_days=(7, 14))
AS_OF = START + 100
CLASSIC = NextVisitSettings(architecture="interval_classifier")


def shop() -> VisitHistory:
    return history_of([list(range(START + code, START + 130, 5 + code)) for code in range(20)])


def watched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int | None, NextVisitSettings]]:
    """Put a life table in the network's place; returns what each fit was asked for."""
    calls: list[tuple[int, int | None, NextVisitSettings]] = []

    def fit(
        history: VisitHistory, as_of: int, settings: NextVisitSettings, seed: int, progress: Progress
    ) -> NextVisitModel:
        calls.append((as_of, history.data_through, settings))
        return fit_life_table(history, as_of, settings.bins)

    monkeypatch.setitem(recipes.FITS, "lstm", fit)
    return calls


def test_it_looks_only_at_what_was_known_at_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = watched(monkeypatch)
    value = objective(shop(), AS_OF, SETTINGS, 1)({"units": 3})
    assert np.isfinite(value)
    assert [as_of for as_of, _, _ in calls] == [AS_OF - 28, AS_OF - 35]
    assert all(last is not None and last < as_of and settings.units == 3 for as_of, last, settings in calls)
    at_the_gate = shop().before(AS_OF - 14)
    assert objective(at_the_gate, AS_OF, SETTINGS, 1)({"units": 3}) == value


def test_too_short_a_history_is_refused_with_the_missing_days(monkeypatch: pytest.MonkeyPatch) -> None:
    watched(monkeypatch)
    assert objective(shop(), START + 43, SETTINGS, 1)({"units": 3}) > 0
    with pytest.raises(InputError, match=r"43 days of history.* and 1 of them are missing"):
        objective(shop(), START + 42, SETTINGS, 1)
    with pytest.raises(InputError, match="no visit"):
        objective(history_of([[]]), AS_OF, SETTINGS, 1)


@pytest.mark.parametrize("settings", [SETTINGS, CLASSIC], ids=["hazard", "classic"])
def test_present_settings_applied_change_nothing_and_others_do(settings: NextVisitSettings) -> None:
    now = present(settings)
    assert now.keys() == space(settings).keys()
    assert applied(settings, now) == settings
    assert all(space(settings)[name].holds(value) for name, value in now.items())
    other = applied(settings, {"epochs": 3})
    assert (other.classic.epochs if settings is CLASSIC else other.epochs) == 3
    assert other.bins == settings.bins
