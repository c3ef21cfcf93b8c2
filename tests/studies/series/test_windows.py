from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import MinMaxScaler

from models.common.arrays import Floats
from nightcast.errors import InputError
from studies.series.settings import LstmConfiguration
from studies.series.windows import Samples, frame
from tests.studies.series.example import lstm, values

configurations = st.builds(
    lstm,
    look_back=st.integers(1, 4),
    framing=st.sampled_from(["window", "time_steps"]),
    difference=st.integers(0, 3),
    scale=st.sampled_from([(-1.0, 1.0), (0.0, 1.0), "none"]),
    scaled_on=st.sampled_from(["train", "all"]),
    leave_out_last=st.booleans(),
    separate_parts=st.booleans(),
)


def prepared(series: Floats, train: int, configuration: LstmConfiguration) -> list[float]:
    """Each value differenced, and scaled by scikit-learn; NaN where there is none before it."""
    lag = configuration.difference
    rates = [series[t] - series[t - lag] if lag and t >= lag else series[t] for t in range(len(series))]
    if configuration.scale != "none":
        seen = rates[lag : len(series) if configuration.scaled_on == "all" else train]
        scaler = MinMaxScaler(configuration.scale).fit(np.reshape(seen, (-1, 1)))
        rates = scaler.transform(np.reshape(rates, (-1, 1)))[:, 0].tolist()
    return [rate if t >= lag else np.nan for t, rate in enumerate(rates)]


def places(part: range, configuration: LstmConfiguration, first: int) -> list[int]:
    """As tutorials frame a part: `range(len(part) - look_back - 1)`, or all that have a whole window before them."""
    kept = [t for t in part if t - configuration.look_back >= first]
    return [t for t in kept if not configuration.leave_out_last or t != part[-1]]


def check(samples: Samples, expected: list[int], rates: list[float], configuration: LstmConfiguration) -> None:
    look_back, count = configuration.look_back, len(expected)
    assert samples.places.tolist() == expected
    shape = (count, 1, look_back) if configuration.framing == "window" else (count, look_back, 1)
    assert samples.inputs.shape == shape
    windows = [rates[t - look_back : t] for t in expected]
    np.testing.assert_allclose(samples.inputs.reshape(count, look_back), windows, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(samples.targets[:, 0], [rates[t] for t in expected], rtol=1e-5, atol=1e-5)


@given(arrays(np.float64, 24, elements=st.floats(-100, 100), unique=True), configurations)
def test_samples_agree_with_the_reference_and_targets_are_restored(
    series: Floats, configuration: LstmConfiguration
) -> None:
    train = 15
    framed, rates = frame(series, train, configuration), prepared(series, train, configuration)
    lag = configuration.difference
    check(framed.train, places(range(train), configuration, lag), rates, configuration)
    start = train if configuration.separate_parts else lag
    check(framed.test, places(range(train, 24), configuration, start), rates, configuration)
    restored = framed.restore(framed.test.targets.T, framed.test.places)
    np.testing.assert_allclose(restored[0], series[framed.test.places], rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(
    ("configuration", "train", "reason"),
    [
        (lstm(look_back=20), 20, "to train on"),
        (lstm(look_back=12, separate_parts=True), 20, "to test on"),
        (lstm(look_back=15, difference=5), 20, "the 20 values before it"),
    ],
)
def test_a_series_that_is_too_short_is_refused(configuration: LstmConfiguration, train: int, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        frame(values(32), train, configuration)
    assert "look_back" in caught.value.remedy


def test_a_constant_series_is_framed_and_restored() -> None:
    framed = frame(np.full(32, 7.0), 20, lstm())
    assert np.isfinite(framed.train.inputs).all()
    np.testing.assert_allclose(framed.restore(framed.test.targets.T, framed.test.places), 7.0, rtol=1e-6)
