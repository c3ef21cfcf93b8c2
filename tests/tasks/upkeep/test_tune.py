"""A search over several nights: its trials are kept, it is resumed, and its winner takes part at the gate."""

from __future__ import annotations

import datetime

import pytest

from models.common.search import Parameters, Range, Tuning
from nightcast.values import Product
from sql.engine import Database
from sql.ledger.searches import Search, StoredTrial, trials_of
from tasks.choose import Chooser
from tasks.night import Night
from tasks.plan import better_settings, plan_model, search_at, tuned_settings
from tasks.upkeep.tune import Limits, open_search, tune
from tests.tasks.nights import night_of
from tests.tasks.workshop import NOTHING_KNOWN, CheapVisits

FIRST = datetime.date(2024, 5, 1)


def valley(parameters: Parameters) -> float:
    return abs(parameters["units"] - 20.0)


TUNING = Tuning({"units": Range(1, 64)}, {"units": 8}, valley)


@pytest.fixture
def product() -> CheapVisits:
    return CheapVisits()


def night_at(database: Database, as_of: datetime.date = FIRST) -> Night:
    return night_of(database, Product.NEXT_VISIT, as_of=as_of)


def search_of(night: Night, product: CheapVisits) -> Search:
    return open_search(night, product, NOTHING_KNOWN)


def run_trials(night: Night, product: CheapVisits, trials: int) -> list[StoredTrial]:
    """Search on for some trials; all trials of the search."""
    reported: list[StoredTrial] = []
    all_trials, new = tune(night, TUNING, search_of(night, product), Limits(3600, trials), reported.append)
    assert len(reported) == new == trials
    assert all_trials[-trials:] == reported
    return all_trials


def test_trials_are_kept_and_a_search_is_resumed(database: Database, product: CheapVisits) -> None:
    first = run_trials(night_at(database), product, 3)
    assert [trial.number for trial in first] == [0, 1, 2]
    assert first[0].parameters == {"units": 8}
    tomorrow = night_at(database, FIRST + datetime.timedelta(days=1))
    assert search_of(tomorrow, product).as_of == FIRST
    both = run_trials(tomorrow, product, 2)
    assert [trial.number for trial in both] == [0, 1, 2, 3, 4]
    assert trials_of(database, search_at(tomorrow, product, NOTHING_KNOWN, FIRST)) == both


def test_after_a_retraining_and_for_other_settings_a_search_begins_anew(
    database: Database, product: CheapVisits
) -> None:
    run_trials(night_at(database), product, 1)
    later = FIRST + datetime.timedelta(days=8)
    assert search_of(night_at(database, later), product).as_of == later
    product.settings["seed"] = 2
    assert trials_of(database, search_of(night_at(database), product)) == []


def test_a_search_whose_time_is_over_ends_after_one_trial(database: Database, product: CheapVisits) -> None:
    night = night_at(database)
    known, new = tune(night, TUNING, search_of(night, product), Limits(1e-9), lambda trial: None)
    assert (len(known), new) == (1, 1)


def test_tuned_settings_shape_the_next_model_and_no_earlier_one(database: Database, product: CheapVisits) -> None:
    trials = run_trials(night_at(database), product, 12)
    better = better_settings(trials)
    assert better is not None
    assert valley(better) == min(trial.value for trial in trials) < valley({"units": 8})
    night = night_at(database, FIRST + datetime.timedelta(days=30))
    plan = plan_model(night, product, NOTHING_KNOWN)
    assert plan.train
    assert plan.shape == product.settings | {"tuned": better}
    Chooser(night, product, NOTHING_KNOWN).choose()
    assert product.tuned == [better]
    before = night_at(database, FIRST - datetime.timedelta(days=1))
    assert tuned_settings(before, product, NOTHING_KNOWN) is None
    assert plan_model(before, product, NOTHING_KNOWN).shape == product.settings


def test_only_what_is_better_than_the_first_trial_counts() -> None:
    first, worse = StoredTrial(0, {"units": 8}, 1.0, 0.1), StoredTrial(1, {"units": 9}, 1.5, 0.1)
    failed, better = StoredTrial(2, {"units": 1}, float("nan"), 0.1), StoredTrial(3, {"units": 7}, 0.5, 0.1)
    assert better_settings([]) is None
    assert better_settings([first, worse, failed]) is None
    assert better_settings([first, worse, failed, better]) == {"units": 7}
