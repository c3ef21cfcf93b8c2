from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nightcast.errors import InputError
from studies.charts import LineChart
from studies.series import lstm as lstms
from studies.series.data import read
from studies.series.experiment import run
from studies.series.settings import METRICS, Settings
from tests.studies.series.example import data, study, values

PUBLISHED = Path(__file__).parents[3] / "benchmarks" / "published"
NAIVE = {"name": "naive", "model": "persistence"}
LSTM = {"name": "lstm", "epochs": 2, "batch_size": 1, "stateful": True}


def test_configurations_come_in_the_order_of_the_file_with_all_scores() -> None:
    follower = LSTM | {"name": "follower", "networks_of": "lstm", "forecast_reset": True}
    settings = study(follower, NAIVE, LSTM, repeats=4)
    told: list[float] = []
    found = run(settings, data(values()), told.append)
    assert [result.name for result in found.configurations] == ["follower", "naive", "lstm"]
    for result in found.configurations:
        assert tuple(result.scores) == METRICS
        assert all(scores.shape == (4,) and np.isfinite(scores).all() for scores in result.scores.values())
    follower_scores, naive_scores, own = (result.scores["test_rmse"] for result in found.configurations)
    assert np.ptp(naive_scores) == 0
    assert len(set(own.tolist())) == 4
    assert not np.array_equal(follower_scores, own)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert any("'follower'" in note and "'lstm'" in note for note in found.notes)
    assert [type(chart) for chart in found.charts] == [LineChart] * 4


def test_configurations_that_share_networks_and_forecast_alike_score_alike() -> None:
    follower = LSTM | {"name": "follower", "networks_of": "lstm"}
    again = LSTM | {"name": "again"}
    own, shared, other = (
        result.scores["test_rmse"] for result in run(study(LSTM, follower, again), data(values())).configurations
    )
    np.testing.assert_array_equal(own, shared)
    assert not np.isin(own, other).any()


def test_the_same_seed_gives_the_same_scores_whatever_else_is_in_the_file() -> None:
    def scores(settings: Settings) -> Any:
        return run(settings, data(values())).configurations[-1].scores["test_rmse"].tolist()

    first = scores(study(LSTM))
    assert scores(study(NAIVE, LSTM)) == first
    assert scores(study(LSTM, seed=2)) != first


def test_repeats_that_are_too_many_for_one_bank_are_trained_in_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lstms, "most_repeats", lambda *_: 2)
    found = run(study(LSTM, repeats=5), data(values())).configurations[0].scores["test_rmse"]
    assert len(set(found.tolist())) == 5


def test_a_training_that_diverges_is_nan() -> None:
    wild = {"name": "wild", "epochs": 5, "batch_size": 1, "learning_rate": 1e30, "scale": "none"}
    found = run(study(wild), data(values() * 1e30)).configurations[0].scores
    assert np.isnan(found["test_rmse"]).all()


@pytest.mark.parametrize(
    ("series", "changes", "told"),
    [
        (values(20), {}, "does not split in two"),
        (values(3), {"split": {"train": 0.1}}, "does not split in two"),
        (np.where(np.arange(32) == 4, np.nan, values()), {}, "Value 5 of the series 'series' is unknown"),
        (np.where(np.arange(32) < 30, values(), np.nan), {"split": {"train": 30}}, "No value .* in one of its parts"),
        (values(), {"configurations": [LSTM | {"look_back": 20}]}, "too short"),
    ],
)
def test_a_series_that_does_not_fit_is_refused(series: Any, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        run(study(**{"configurations": [NAIVE]} | changes), data(series))
    assert caught.value.remedy


@pytest.mark.parametrize(("rule", "shown"), [("previous", "the value before"), ("zero", "zero")])
def test_unknown_values_count_as_the_file_says_and_are_not_scored(rule: str, shown: str) -> None:
    whole, unknown = values(), np.isin(np.arange(32), (4, 5, 30))
    settings = study(NAIVE, LSTM, series={"file": "x.csv", "unknown": rule})
    found = run(settings, data(np.where(unknown, np.nan, whole)))
    assert any(f"3 of the 32 values of 'series' are unknown. Forecasts are made as if each were {shown}" in note
               for note in found.notes)  # fmt: skip
    known = np.where(unknown, np.nan, whole)
    before = np.where(unknown, 0.0 if rule == "zero" else whole[[*range(4), 3, 3, *range(6, 30), 29, 31]], whole)[:-1]
    train = settings.split.count(32)
    errors = (known[1:] - before)[train - 1 :]
    naive, lstm = (one.scores["test_mae"] for one in found.configurations)
    np.testing.assert_allclose(naive, np.nanmean(np.abs(errors)))
    assert np.isfinite(lstm).all()


def test_a_series_that_nobody_read_is_named() -> None:
    with pytest.raises(InputError, match="no values for the series 'series'"):
        run(study(NAIVE), {})


def test_the_noise_of_a_generated_series_is_told() -> None:
    settings = study(NAIVE, series={"generate": "noisy_sine", "length": 500, "noise": 0.25}, split={"train": 0.8})
    notes = run(settings, read(settings, Path())).notes
    assert any("standard deviation of 0.25" in note for note in notes)


@pytest.mark.parametrize("name", ["shampoo_sales", "airline_passengers", "noisy_sine"])
def test_published_studies_say_what_they_may(name: str) -> None:
    path = PUBLISHED / f"{name}.toml"
    settings = Settings.model_validate(tomllib.loads(path.read_text()))
    assert settings.repeats >= 100
    assert all(len(each.values) for each in read(settings, path.parent).values())
