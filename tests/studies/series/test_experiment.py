from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nightcast.errors import InputError
from studies.charts import LineChart
from studies.results import StudyResult
from studies.series import training
from studies.series.data import read
from studies.series.experiment import run
from studies.series.settings import METRICS
from tests.studies.database import NoDatabase
from tests.studies.series.example import data, study, values

NAIVE = {"name": "naive", "model": "persistence"}
LSTM = {"name": "lstm", "epochs": 2, "batch_size": 1, "stateful": True}


STUDY = study(
    LSTM | {"name": "follower", "networks_of": "lstm", "forecast_reset": True},
    NAIVE,
    LSTM,
    LSTM | {"name": "same", "networks_of": "lstm"},
    LSTM | {"name": "again"},
    repeats=4,
)


@pytest.fixture(scope="module")
def progress() -> list[float]:
    return []


@pytest.fixture(scope="module")
def result(progress: list[float]) -> StudyResult:
    return run(STUDY, data(values()), progress.append)


def scores_of(result: StudyResult) -> dict[str, list[float]]:
    return {one.name: one.scores["test_rmse"].tolist() for one in result.configurations}


def test_configurations_come_in_the_order_of_the_file_with_all_scores(
    result: StudyResult, progress: list[float]
) -> None:
    assert [one.name for one in result.configurations] == ["follower", "naive", "lstm", "same", "again"]
    for one in result.configurations:
        assert tuple(one.scores) == METRICS
        assert all(scores.shape == (4,) and np.isfinite(scores).all() for scores in one.scores.values())
    assert len(set(scores_of(result)["naive"])) == 1
    assert len(set(scores_of(result)["lstm"])) == 4
    assert progress == sorted(progress)
    assert progress[-1] == 1.0
    assert any("'follower'" in note and "'lstm'" in note for note in result.notes)
    assert [type(chart) for chart in result.charts] == [LineChart] * 6


def test_configurations_that_share_networks_score_alike_if_they_forecast_alike(result: StudyResult) -> None:
    scores = scores_of(result)
    assert scores["same"] == scores["lstm"]
    assert scores["follower"] != scores["lstm"]
    assert not set(scores["again"]) & set(scores["lstm"])


def test_the_same_seed_gives_the_same_scores_whatever_else_is_in_the_file(result: StudyResult) -> None:
    first = scores_of(result)["lstm"]
    assert scores_of(run(study(NAIVE, LSTM, repeats=4), data(values())))["lstm"] == first
    assert scores_of(run(study(LSTM, repeats=4, seed=2), data(values())))["lstm"] != first


def test_repeats_that_are_too_many_for_one_bank_are_trained_in_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "most_repeats", lambda *_: 2)
    scores = run(study(LSTM, repeats=5), data(values())).configurations[0].scores["test_rmse"]
    assert len(set(scores.tolist())) == 5


def test_a_training_that_diverges_is_nan() -> None:
    wild = {"name": "wild", "epochs": 5, "batch_size": 1, "learning_rate": 1e30, "scale": "none"}
    scores = run(study(wild), data(values() * 1e30)).configurations[0].scores
    assert np.isnan(scores["test_rmse"]).all()


@pytest.mark.parametrize(
    ("series", "changes", "reason"),
    [
        (values(20), {}, "train"),
        (values(3), {"split": {"train": 0.1}}, "train"),
        (np.where(np.arange(32) == 4, np.nan, values()), {}, "Value 5 of the series 'series' is unknown"),
        (np.where(np.arange(32) < 30, values(), np.nan), {"split": {"train": 30}}, "unknown in its"),
        (values(), {"configurations": [LSTM | {"look_back": 20}]}, "too short"),
    ],
)
def test_a_series_that_does_not_fit_is_refused(series: Any, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        run(study(**{"configurations": [NAIVE]} | changes), data(series))
    assert caught.value.remedy


@pytest.mark.parametrize(("rule", "shown"), [("previous", "the value before"), ("zero", "zero")])
def test_unknown_values_count_as_the_file_says_and_are_not_scored(rule: str, shown: str) -> None:
    whole, unknown = values(), np.isin(np.arange(32), (4, 5, 30))
    settings = study(NAIVE, LSTM, series={"file": "x.csv", "unknown": rule})
    result = run(settings, data(np.where(unknown, np.nan, whole)))
    assert any(f"3 of the 32 values of 'series' are unknown. Forecasts are made as if each were {shown}" in note
               for note in result.notes)  # fmt: skip
    known = np.where(unknown, np.nan, whole)
    before = np.where(unknown, 0.0 if rule == "zero" else whole[[*range(4), 3, 3, *range(6, 30), 29, 31]], whole)[:-1]
    train = settings.split.count(32)
    errors = (known[1:] - before)[train - 1 :]
    naive, lstm = (one.scores["test_mae"] for one in result.configurations)
    np.testing.assert_allclose(naive, np.nanmean(np.abs(errors)))
    assert np.isfinite(lstm).all()


def test_a_missing_series_is_named() -> None:
    with pytest.raises(InputError, match="no values for the series 'series'"):
        run(study(NAIVE), {})


def test_the_noise_of_a_generated_series_is_noted() -> None:
    settings = study(NAIVE, series={"generate": "noisy_sine", "length": 500, "noise": 0.25}, split={"train": 0.8})
    notes = run(settings, read(settings, Path(), NoDatabase())).notes
    assert any("standard deviation of 0.25" in note for note in notes)
