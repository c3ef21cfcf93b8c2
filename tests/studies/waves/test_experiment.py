from __future__ import annotations

import numpy as np
import pytest

from nightcast.errors import InputError
from studies.charts import HeatMap, Histogram, LineChart
from studies.data import SeriesData
from studies.results import StudyResult
from studies.waves.data import generate
from studies.waves.experiment import run
from studies.waves.settings import METRICS
from studies.waves.windows import training_length
from tests.studies.waves.example import NETWORKS, example

STUDY = example()
DATA = generate(STUDY.series)


@pytest.fixture(scope="module")
def progress() -> list[float]:
    return []


@pytest.fixture(scope="module")
def result(progress: list[float]) -> StudyResult:
    return run(STUDY, DATA, progress.append)


def test_each_configuration_has_its_scores(result: StudyResult, progress: list[float]) -> None:
    assert [one.name for one in result.configurations] == ["plain", "luong", "trend"]
    for one in result.configurations:
        assert tuple(one.scores) == METRICS
        for scores in one.scores.values():
            assert scores.shape == (2,)
            assert np.isfinite(scores).all()
            assert (scores[0] == scores[1]) == (one.name == "trend")
        assert one.seconds > one.compile_seconds >= 0
    assert progress == sorted(progress)
    assert progress[-1] == pytest.approx(1)


def test_the_trend_alone_is_a_polynomial_drawn_on(result: StudyResult) -> None:
    train, time = training_length(STUDY, DATA), np.arange(len(DATA.values))
    lines = [np.polyval(np.polyfit(time[:train], one[:train], 1), time) for one in DATA.values.T]
    error = DATA.values - np.stack(lines, axis=1)
    cuts = range(train, len(time) - 3)
    windows = np.stack([error[cut : cut + 4] for cut in cuts])
    trend = result.configurations[2].scores
    assert trend["test_mae"][0] == pytest.approx(np.abs(windows).mean(), rel=1e-6)
    assert trend["test_rmse"][0] == pytest.approx(np.sqrt((windows**2).mean()), rel=1e-6)
    before = np.stack([error[cut : cut + 4] for cut in range(16, train - 3)])
    assert trend["train_mae"][0] == pytest.approx(np.abs(before).mean(), rel=1e-6)


def test_networks_learn_waves_that_the_trend_does_not_know(result: StudyResult) -> None:
    plain, luong, trend = (one.scores["test_mae"].max() for one in result.configurations)
    assert plain < 0.6 * trend
    assert luong < trend


def test_everything_is_shown(result: StudyResult) -> None:
    lines = [chart for chart in result.charts if isinstance(chart, LineChart)]
    assert len(lines) == 2 + 4 + 2
    names = {"plain", "luong"}
    assert set(lines[0].lines) == names | {"trend"}
    assert set(lines[1].lines) == names | {"trend", "noise floor"}
    step_error = lines[1].lines["trend"][1]
    assert step_error.mean() == pytest.approx(result.configurations[2].scores["test_mae"][0])
    assert all(set(chart.lines) == names | {"actual"} for chart in lines[2:])
    for chart in lines:
        assert all(len(x) == len(y) for x, y in chart.lines.values())
    assert [set(chart.samples) for chart in result.charts if isinstance(chart, Histogram)] == [names | {"actual"}] * 2
    (attention,) = [chart for chart in result.charts if isinstance(chart, HeatMap)]
    assert attention.values.shape == (4, 16)
    np.testing.assert_allclose(attention.values.sum(axis=1), 1, rtol=1e-5)
    assert "MAE of 0.399" in " ".join(result.notes)
    assert "x2 is 3 sin(2 pi t / 8) + 0.02 t + 8e-05 t^2 + noise." in result.notes
    assert "77 for training, 21 for the test. The 3 samples between" in result.notes[0]


def test_charts_of_a_file_have_no_noise_floor() -> None:
    study = example(series={"file": "unread.csv", "columns": ["a", "b"]}, configurations=NETWORKS[2:])
    result = run(study, SeriesData(DATA.values, None, ("a", "b")))
    assert all(set(chart.lines) == {"actual", "trend"} for chart in result.charts[-2:])  # type: ignore[union-attr]
    assert "noise floor" not in result.charts[1].lines  # type: ignore[union-attr]
    assert "noise" not in " ".join(result.notes)


def test_series_too_short_are_refused_before_anything_is_trained() -> None:
    with pytest.raises(InputError, match=r"change \[split\] train"):
        run(example(windows={"look_back": 100, "horizon": 4}), DATA)
