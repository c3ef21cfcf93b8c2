"""A search over nights: kept, gone on with, and heard at the gate."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from tasks.shape import better_settings, find_settings, search_at, shape_of
from tasks.tune import Limits, search_to_go_on_with, tune

from models.common.search import Parameters, Range, Tuning
from models.common.selection import Progress, Selection
from nightcast.values import Product
from sql.engine import Database
from sql.ledger.searches import StoredTrial, trials_of
from tasks.choose import plan_model
from tasks.night import Night
from tasks.products import ProductModels
from tests.tasks.nights import night_of

FIRST = datetime.date(2024, 5, 1)
SHAPE: dict[str, Any] = {"product": {"units": 8}, "seed": 1}


def valley(parameters: Parameters) -> float:
    return abs(parameters["units"] - 20.0)


def _select(night: Night, champion: Any, day: int | None, progress: Progress) -> Selection[Any]:
    raise NotImplementedError


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    tuning = Tuning({"units": Range(1, 64)}, {"units": 8}, valley)
    made = ProductModels(_select, lambda night: None, lambda folder: None, lambda night: SHAPE, lambda night: tuning)
    monkeypatch.setattr("tasks.products._NEXT_VISIT", made)


def night_at(database: Database, as_of: datetime.date = FIRST) -> Night:
    return night_of(database, Product.NEXT_VISIT, as_of=as_of)


def tuned(night: Night, trials: int) -> list[StoredTrial]:
    told: list[StoredTrial] = []
    known, new = tune(night, search_to_go_on_with(night), Limits(3600, trials), told.append)
    assert len(told) == new == trials
    assert known[-trials:] == told
    return known


def test_trials_are_kept_and_a_search_goes_on(database: Database) -> None:
    first = tuned(night_at(database), 3)
    assert [trial.number for trial in first] == [0, 1, 2]
    assert first[0].parameters == {"units": 8}
    tomorrow = night_at(database, FIRST + datetime.timedelta(days=1))
    assert search_to_go_on_with(tomorrow).as_of == FIRST
    both = tuned(tomorrow, 2)
    assert [trial.number for trial in both] == [0, 1, 2, 3, 4]
    assert trials_of(database, search_at(tomorrow, FIRST)) == both


def test_after_a_retraining_and_for_other_settings_a_search_begins_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuned(night_at(database), 1)
    later = FIRST + datetime.timedelta(days=8)
    assert search_to_go_on_with(night_at(database, later)).as_of == later
    monkeypatch.setitem(SHAPE, "seed", 2)
    assert trials_of(database, search_to_go_on_with(night_at(database))) == []


def test_time_that_has_run_out_ends_it_after_one_trial(database: Database) -> None:
    night = night_at(database)
    known, new = tune(night, search_at(night, FIRST), Limits(1e-9), lambda trial: None)
    assert (len(known), new) == (1, 1)


def test_what_was_found_shapes_the_next_model_and_no_earlier_one(database: Database) -> None:
    known = tuned(night_at(database), 12)
    found = better_settings(known)
    assert found is not None
    assert valley(found) == min(trial.value for trial in known) < valley({"units": 8})
    night = night_at(database, FIRST + datetime.timedelta(days=30))
    assert plan_model(night).train
    assert shape_of(night) == SHAPE | {"found": found}
    before = night_at(database, FIRST - datetime.timedelta(days=1))
    find_settings(before)
    assert shape_of(before) == SHAPE


def test_only_what_is_better_than_the_first_trial_counts() -> None:
    first, worse = StoredTrial(0, {"units": 8}, 1.0, 0.1), StoredTrial(1, {"units": 9}, 1.5, 0.1)
    failed, better = StoredTrial(2, {"units": 1}, float("nan"), 0.1), StoredTrial(3, {"units": 7}, 0.5, 0.1)
    assert better_settings([]) is None
    assert better_settings([first, worse, failed]) is None
    assert better_settings([first, worse, failed, better]) == {"units": 7}
