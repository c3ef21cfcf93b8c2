"""Small studies as a whole, and their scores against slow references."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nightcast.errors import InputError
from studies.charts import BoxPlot, HeatMap, Histogram
from studies.intervals import networks, outcome
from studies.intervals.experiment import run
from studies.intervals.settings import Settings
from studies.intervals.visits import Visits
from studies.intervals.windows import Intervals, Splits
from studies.results import StudyResult

SMALL = {"units": [4], "dense_units": [], "dropout": 0.0, "epochs": 30, "batch_size": 20, "learning_rate": 0.02}
PUBLISHED = Path(__file__).parents[3] / "benchmarks" / "published" / "next_visit.toml"


def settings(*configurations: dict[str, Any], **changes: Any) -> Settings:
    named = [{"name": one.get("look_back", "") or one["model"], **one} for one in configurations]
    named = [{**one, "name": f"{one['model']} {one['name']}"} for one in named]
    stated = {"kind": "intervals", "name": "x", "repeats": 3, "visits": {"database": True}, "configurations": named}
    return Settings.model_validate({**stated, **changes})


def alternating() -> Visits:
    """Customers whose intervals take turns, 20 and 70 days, so that the last one alone tells the next."""
    days = np.cumsum([0, *[20, 70] * 6])
    return Visits.from_rows(np.repeat(np.arange(24), days.size), np.concatenate([days + one for one in range(24)]))


def turns() -> Visits:
    """Customers with intervals of 20, 20 and 70 days in turns: one of 20 needs the one before it."""
    days = np.cumsum([0, *[20, 20, 70] * 5])
    return Visits.from_rows(np.repeat(np.arange(24), days.size), np.concatenate([days + one for one in range(24)]))


@pytest.fixture(scope="module")
def small() -> tuple[Settings, StudyResult]:
    models = ({"model": "most_frequent_bin"}, {"model": "interval_classifier"}, {"model": "interval_number"})
    wanted = settings(models[0], *({**SMALL, **one} for one in models[1:]))
    return wanted, run(wanted, alternating())


def test_networks_learn_what_follows_what(small: tuple[Settings, StudyResult]) -> None:
    frequent, classifier, number = small[1].configurations
    assert (frequent.scores["test_error"] > 0.3).all()
    assert (classifier.scores["test_error"] == 0).all()
    assert (classifier.scores["test_log_loss"] < 0.2).all()
    assert (number.scores["test_mae"] < 10).all()
    for one in small[1].configurations:
        assert all(values.shape == (3,) for values in one.scores.values())


def test_the_same_seed_gives_the_same_table_and_another_one_another(small: tuple[Settings, StudyResult]) -> None:
    wanted, first = small
    again, other = (run(wanted.model_copy(update={"seed": seed}), alternating()) for seed in (1, 2))
    for one, same, changed in zip(first.configurations, again.configurations, other.configurations, strict=True):
        for metric, values in one.scores.items():
            np.testing.assert_array_equal(values, same.scores[metric])
        assert one.scores["train_error"].shape == changed.scores["train_error"].shape
    scores = [result.configurations[1].scores["test_log_loss"].tolist() for result in (first, other)]
    assert scores[0] != scores[1]


def test_the_charts_show_intervals_and_bins(small: tuple[Settings, StudyResult]) -> None:
    lengths, *confusions = small[1].charts
    assert isinstance(lengths, Histogram)
    assert set(lengths.samples) == {"came", "interval_number interval_number"}
    assert set(lengths.samples["came"]) == {20.0, 70.0}
    assert len(confusions) == 3
    perfect = confusions[1]
    assert isinstance(perfect, HeatMap)
    assert np.diag(perfect.values).tolist() == [1.0, 0.0, 1.0, 0.0, 0.0]


def test_the_notes_say_what_an_interval_is(small: tuple[Settings, StudyResult]) -> None:
    notes = small[1].notes
    assert "give 0, 44, 18, 0, 54." in notes[0]
    assert "312 visits of 24 customers make 216 windows: each repeat learns from 173 and is tested on 43" in notes[1]
    assert "0-39 days: 44.4%" in notes[2]


def test_a_look_back_is_chosen_where_it_is_needed() -> None:
    validated = {"model": "interval_classifier", "look_back": "validated", "candidates": [1, 3], **SMALL}
    told: list[float] = []
    result = run(settings(validated), turns(), told.append)
    assert (result.configurations[0].scores["test_error"] < 0.1).all()
    assert "interval_classifier validated chose the look-back 1 in 0, 3 in 3" in result.notes[-1]
    candidates = result.charts[-1]
    assert isinstance(candidates, BoxPlot)
    assert (candidates.samples["1"] > candidates.samples["3"]).all()
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.parametrize("model", ["interval_classifier", "interval_number"])
def test_each_repeat_keeps_its_own_look_back(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeats that chose a look-back have the scores of the configuration that always uses it."""
    monkeypatch.setattr(networks, "_validation_losses", mixed_losses)
    brief = {**SMALL, "model": model, "epochs": 2}
    looks = [{**brief, "look_back": look_back} for look_back in (1, 3)]
    result = run(settings(*looks, {**brief, "look_back": "validated", "candidates": [1, 3]}), turns())
    one, three, validated = (configuration.scores for configuration in result.configurations)
    for metric, values in validated.items():
        np.testing.assert_allclose(values, [three[metric][0], one[metric][1], three[metric][2]], rtol=1e-5)


def mixed_losses(*_: Any) -> tuple[dict[int, Any], float]:
    return {1: np.array([1.0, 0.0, 1.0]), 3: np.array([0.0, 1.0, 0.0])}, 0.0


def test_nothing_of_the_test_windows_chooses_the_look_back() -> None:
    """Other targets in the test windows leave the losses of the candidates as they are."""
    wanted = settings({"model": "interval_classifier", "look_back": "validated", "candidates": [1, 2], **SMALL})
    configuration = wanted.configurations[0]
    assert configuration.model == "interval_classifier"
    intervals = Intervals.of(turns(), wanted.windows)
    splits = Splits.draw(intervals.days.size, 0.2, 1, 1)
    changed = intervals.days.copy()
    changed[splits.test[0]] = 90
    other = Intervals(intervals.visits, intervals.last, changed, intervals.classes.label(changed), intervals.classes)
    found = [networks.run_networks(configuration, one, splits, 1, lambda share: None) for one in (intervals, other)]
    assert found[0].validation == found[1].validation
    assert found[0].scores["test_log_loss"] != found[1].scores["test_log_loss"]


def test_the_most_frequent_bin_is_that_of_the_training_windows() -> None:
    wanted = settings({"model": "most_frequent_bin"}, repeats=4)
    intervals = Intervals.of(turns(), wanted.windows)
    splits = Splits.draw(intervals.days.size, 0.3, 4, 1)
    found = outcome.of_shares(intervals, splits)
    for repeat in range(4):
        seen = intervals.bins[splits.train[repeat]].tolist()
        came = intervals.bins[splits.test[repeat]].tolist()
        said = max(set(seen), key=seen.count)
        assert found.scores["test_error"][repeat] == pytest.approx(sum(one != said for one in came) / len(came))
        loss = -sum(math.log(seen.count(one) / len(seen)) for one in came) / len(came)
        assert found.scores["test_log_loss"][repeat] == pytest.approx(loss)
    assert found.confusion.sum() == splits.test.size


def test_too_few_visits_are_an_input_error() -> None:
    with pytest.raises(InputError, match="Only 4 intervals have 3 others"):
        run(settings({"model": "most_frequent_bin"}), Visits.from_rows([0] * 8, range(8)))


def test_the_published_study_is_a_valid_file() -> None:
    found = Settings.model_validate(tomllib.loads(PUBLISHED.read_text(encoding="utf-8")))
    assert found.repeats >= 100
    assert {one.model for one in found.configurations} == {
        "interval_classifier",
        "interval_number",
        "most_frequent_bin",
    }
