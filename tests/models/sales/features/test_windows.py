from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.common.arrays import Floats
from models.sales.features.windows import cut, eligible_from, hide_tails, sample_origins

values_strategy = arrays(
    np.float64,
    st.tuples(st.integers(1, 4), st.integers(0, 25)),
    elements=st.sampled_from([math.nan, 0.0, 1.0, 2.0, -1.0]),
)


@given(values=values_strategy, back=st.integers(0, 8), ahead=st.integers(0, 8), data=st.data())
def test_a_window_is_what_lies_around_its_origin(values: Floats, back: int, ahead: int, data: st.DataObject) -> None:
    series = data.draw(st.integers(0, len(values) - 1))
    origin = data.draw(st.integers(0, values.shape[1]))
    window = cut(values, np.array([series]), np.array([origin]), back, ahead)[0]
    row = values[series].tolist()
    expected = [row[at] if 0 <= at < len(row) else math.nan for at in range(origin - back, origin + ahead)]
    np.testing.assert_array_equal(window, expected)


@given(values=values_strategy, minimum=st.integers(1, 6), ahead=st.integers(0, 4), seed=st.integers(0, 9))
def test_every_eligible_window_is_drawn_once(values: Floats, minimum: int, ahead: int, seed: int) -> None:
    latest = values.shape[1] - ahead
    series, origin = sample_origins(values, minimum, latest, 10_000, np.random.default_rng(seed))
    expected = {
        (row, at)
        for row in range(len(values))
        for at in range(latest + 1)
        if np.count_nonzero(~np.isnan(values[row, :at])) >= minimum
    }
    drawn = list(zip(series.tolist(), origin.tolist(), strict=True))
    assert len(drawn) == len(expected)
    assert set(drawn) == expected


def test_a_cap_on_windows_holds_and_the_seed_decides() -> None:
    values = np.ones((5, 50))
    first, again, other = (sample_origins(values, 3, 50, 20, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert len(first[0]) == 20
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert eligible_from(values, 3).tolist() == [3] * 5
    assert eligible_from(values, 51).tolist() == [51] * 5


def test_hidden_tails_touch_the_past_only() -> None:
    window = np.ones((200, 12))
    hide_tails(window, 8, 3, 0.5, np.random.default_rng(0))
    assert not np.isnan(window[:, 8:]).any()
    hidden = np.isnan(window[:, :8]).sum(axis=1)
    assert set(hidden.tolist()) == {0, 1, 2, 3}
    np.testing.assert_array_equal(np.isnan(window[hidden == 2][0]), [False] * 6 + [True] * 2 + [False] * 4)
