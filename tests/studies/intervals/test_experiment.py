"""Small studies as a whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nightcast.errors import InputError
from studies.charts import BoxPlot, HeatMap, Histogram
from studies.data import Visits
from studies.intervals import repeats
from studies.intervals.experiment import run
from studies.intervals.settings import Settings
from studies.intervals.windows import Intervals, Splits
from studies.results import StudyResult
from tests.studies.intervals.example import SMALL, alternating, settings, turns


@pytest.fixture(scope="module")
def small() -> tuple[Settings, StudyResult]:
    models = ({"model": "most_frequent_bin"}, {"model": "interval_classifier"}, {"model": "interval_number"})
    study = settings(models[0], *({**SMALL, **one} for one in models[1:]))
    return study, run(study, alternating())


def test_networks_learn_which_interval_follows(small: tuple[Settings, StudyResult]) -> None:
    frequent, classifier, number = small[1].configurations
    assert (frequent.scores["test_error"] > 0.3).all()
    assert (classifier.scores["test_error"] == 0).all()
    assert (classifier.scores["test_log_loss"] < 0.2).all()
    assert (number.scores["test_mae"] < 10).all()
    for one in small[1].configurations:
        assert all(values.shape == (3,) for values in one.scores.values())


def test_the_same_seed_gives_the_same_table_and_another_one_another(small: tuple[Settings, StudyResult]) -> None:
    study, first = small
    again, other = (run(study.model_copy(update={"seed": seed}), alternating()) for seed in (1, 2))
    for one, same, changed in zip(first.configurations, again.configurations, other.configurations, strict=True):
        for metric, values in one.scores.items():
            np.testing.assert_array_equal(values, same.scores[metric])
        assert one.scores["train_error"].shape == changed.scores["train_error"].shape
    scores = [result.configurations[1].scores["test_log_loss"].tolist() for result in (first, other)]
    assert scores[0] != scores[1]


def test_the_charts_show_intervals_and_bins(small: tuple[Settings, StudyResult]) -> None:
    lengths, *confusions = small[1].charts
    assert isinstance(lengths, Histogram)
    assert set(lengths.samples) == {"observed", "interval_number interval_number"}
    assert set(lengths.samples["observed"]) == {20.0, 70.0}
    assert len(confusions) == 3
    perfect = confusions[1]
    assert isinstance(perfect, HeatMap)
    assert np.diag(perfect.values).tolist() == [1.0, 0.0, 1.0, 0.0, 0.0]


def test_the_notes_say_what_an_interval_is(small: tuple[Settings, StudyResult]) -> None:
    notes = small[1].notes
    assert "give 0, 44, 18, 0, 54." in notes[0]
    assert "384 visits of 24 customers make 288 windows. Each repeat trains on 231 and tests on 57" in notes[1]
    assert "0-39 days: 50.0 %" in notes[2]


def test_a_look_back_is_chosen_where_it_is_needed() -> None:
    validated = {"model": "interval_classifier", "look_back": "validated", "candidates": [1, 3], **SMALL}
    progress: list[float] = []
    result = run(settings(validated), turns(), progress.append)
    assert (result.configurations[0].scores["test_error"] < 0.1).all()
    assert "interval_classifier validated chose the look-back 1 in 0, 3 in 3" in result.notes[-1]
    candidates = result.charts[-1]
    assert isinstance(candidates, BoxPlot)
    assert (candidates.samples["1"] > candidates.samples["3"]).all()
    assert progress == sorted(progress)
    assert progress[-1] == 1.0


@pytest.mark.parametrize("model", ["interval_classifier", "interval_number"])
def test_each_repeat_keeps_its_own_look_back(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeats that chose a look-back have the scores of the configuration that always uses it."""
    monkeypatch.setattr(repeats, "_validation_losses", mixed_losses)
    brief = {**SMALL, "model": model}
    looks = [{**brief, "look_back": look_back} for look_back in (1, 3)]
    result = run(settings(*looks, {**brief, "look_back": "validated", "candidates": [1, 3]}), turns())
    one, three, validated = (configuration.scores for configuration in result.configurations)
    for metric, values in validated.items():
        np.testing.assert_allclose(values, [three[metric][0], one[metric][1], three[metric][2]], rtol=1e-5)


def mixed_losses(*_: Any) -> tuple[dict[int, Any], float]:
    return {1: np.array([1.0, 0.0, 1.0]), 3: np.array([0.0, 1.0, 0.0])}, 0.0


def test_nothing_of_the_test_windows_chooses_the_look_back() -> None:
    """Other targets in the test windows leave the losses of the candidates as they are."""
    study = settings({"model": "interval_classifier", "look_back": "validated", "candidates": [1, 3], **SMALL})
    configuration = study.configurations[0]
    assert configuration.model == "interval_classifier"
    intervals = Intervals.of(turns(), study.windows)
    one = Splits.draw(intervals.days.size, 0.2, 1, 1)
    splits = one.part(np.zeros(3, np.int64))  # three repeats of one split, which are compiled already
    changed = intervals.days.copy()
    changed[one.test[0]] = 90
    other = Intervals(intervals.visits, intervals.last, changed, intervals.classes.label(changed), intervals.classes)
    first, second = (
        repeats.repeat_networks(configuration, one, splits, 1, lambda share: None) for one in (intervals, other)
    )
    for look_back, losses in first.validation.items():
        np.testing.assert_array_equal(losses, second.validation[look_back])
    assert (first.scores["test_log_loss"] != second.scores["test_log_loss"]).all()


def test_too_few_visits_are_an_input_error() -> None:
    with pytest.raises(InputError, match="4 intervals have 3 earlier ones"):
        run(settings({"model": "most_frequent_bin"}), Visits.from_rows([0] * 8, range(8)))
