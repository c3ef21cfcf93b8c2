from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from models.sales.recipes.classic.preparation.trend import FURTHEST
from nightcast.errors import InputError
from studies.data import SeriesData
from studies.waves.data import generate
from studies.waves.windows import prepare, training_length
from tests.studies.waves.example import example


@given(
    length=st.integers(30, 60),
    look_back=st.integers(1, 12),
    horizon=st.integers(1, 5),
    train=st.integers(17, 25),
    degree=st.integers(0, 3),
)
@settings(max_examples=25, deadline=None)
def test_windows_are_those_cut_one_by_one(length: int, look_back: int, horizon: int, train: int, degree: int) -> None:
    study = example(windows={"look_back": look_back, "horizon": horizon}, split={"train": train})
    values = np.random.default_rng(length).normal(size=(length, 2)).cumsum(axis=0)
    preparation, samples = prepare(study, SeriesData(values, None, ("a", "b")), degree)
    time = np.arange(length)
    trend = np.stack([np.polyval(np.polyfit(time[:train], one[:train], degree), time) for one in values.T], axis=1)
    assume((np.abs(trend) < FURTHEST * np.abs(values[:train]).max(axis=0)).all())  # further, a trend stays where it is
    scaled = (values - trend) / (values - trend)[:train].max(axis=0)
    starts = range(length - look_back - horizon + 1)
    assert len(samples.past) == len(starts)
    for start, past, target, actual in zip(starts, samples.past, samples.target, samples.actual, strict=True):
        cut = start + look_back
        np.testing.assert_allclose(past, scaled[start:cut], rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(target, scaled[cut : cut + horizon], rtol=1e-3, atol=1e-4)
        np.testing.assert_array_equal(actual, values[cut : cut + horizon])
        assert samples.index[start].tolist() == list(range(cut, cut + horizon))
        assert samples.train[start] == (cut + horizon <= train)
        assert samples.test[start] == (cut >= train)
    np.testing.assert_allclose(preparation.restore(samples.target, samples.index), samples.actual, atol=1e-4)


def test_nothing_is_learned_from_the_test_part() -> None:
    study = example()
    data = generate(study.series)
    train = training_length(study, data)
    changed = data.values.copy()
    changed[train:] *= -7
    (before, samples), (after, others) = (
        prepare(study, SeriesData(one, None, data.names), 2) for one in (data.values, changed)
    )
    np.testing.assert_array_equal(before.scale, after.scale)
    assert samples.train.sum() == train - 19
    for ours, theirs in ((samples.past, others.past), (samples.target, others.target)):
        np.testing.assert_array_equal(ours[samples.train], theirs[samples.train])
    assert (samples.target[samples.test] != others.target[samples.test]).all()


@pytest.mark.parametrize(
    ("train", "message"),
    [(19, "training part of 19 values is shorter than a window of 20"), (117, "test part of 3 values"), (500, "of 0")],
)
def test_a_series_too_short_for_its_split_is_refused(train: int, message: str) -> None:
    study = example(split={"train": train})
    with pytest.raises(InputError, match=message):
        prepare(study, generate(study.series), 1)


def test_a_share_is_rounded_to_whole_values() -> None:
    study = example(split={"train": 0.333})
    assert training_length(study, generate(study.series)) == 40


def test_a_series_that_is_its_trend_alone_is_refused() -> None:
    line = np.arange(120.0)
    values = np.stack([np.sin(line), 1e6 + 3 * line], axis=1)
    with pytest.raises(InputError, match="'b' is nothing but a trend of degree 1"):
        prepare(example(), SeriesData(values, None, ("a", "b")), 1)


def test_an_unknown_value_is_refused() -> None:
    data = generate(example().series)
    data.values[7, 1] = np.nan
    with pytest.raises(InputError, match="The value 8 of the series 'x2' is unknown"):
        prepare(example(), data, 1)
