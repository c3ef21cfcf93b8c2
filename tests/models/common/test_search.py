"""The search: what it tries, learns and goes on with, on functions that cost nothing."""

from __future__ import annotations

import itertools
import math

from models.common.search import Objective, Parameters, Range, SearchTrial, search

SPACE = {"units": Range(1, 64, logarithmic=True), "rate": Range(0.0, 1.0)}
BEGIN: Parameters = {"units": 60, "rate": 0.95}


def valley(parameters: Parameters) -> float:
    """Best at 8 units and a rate of 0.3."""
    return (math.log2(parameters["units"]) - 3) ** 2 + 10 * (parameters["rate"] - 0.3) ** 2


def tried(count: int, earlier: list[SearchTrial] | None = None, evaluate: Objective = valley) -> list[SearchTrial]:
    return list(itertools.islice(search(SPACE, BEGIN, evaluate, earlier or [], 1), count))


def test_the_present_settings_come_first_and_better_ones_are_found() -> None:
    trials = tried(40)
    assert trials[0].parameters == BEGIN
    assert trials[0].value == valley(BEGIN)
    best = min(trials, key=lambda trial: trial.value)
    assert best.value < 0.3
    later, random = (sum(trial.value for trial in part) / len(part) for part in (trials[25:], trials[1:9]))
    assert later < random / 2


def test_every_trial_lies_in_the_space_and_whole_numbers_stay_whole() -> None:
    for trial in tried(25)[1:]:
        assert isinstance(trial.parameters["units"], int)
        assert all(SPACE[name].holds(value) for name, value in trial.parameters.items())


def test_a_search_goes_on_where_it_ended() -> None:
    first = tried(30)
    further = tried(10, first)
    assert BEGIN not in [trial.parameters for trial in further]
    assert sum(trial.value for trial in further) / 10 < sum(trial.value for trial in first[1:9]) / 8 / 2


def test_settings_outside_the_space_and_trials_that_failed_do_no_harm() -> None:
    strange = SearchTrial({"units": 4_000, "rate": 0.5}, 0.0, 1.0)
    failed = SearchTrial({"units": 4, "rate": 0.5}, math.nan, 1.0)
    assert len(tried(3, [strange, failed])) == 3
    assert all(math.isnan(trial.value) for trial in tried(5, evaluate=lambda parameters: math.nan))
