from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.common.arrays import Floats
from models.sales.data.calendar import Calendar
from models.sales.data.lengths import resolve_lengths
from models.sales.features.inputs import (
    CALENDAR_COLUMNS,
    CANDIDATES,
    LATEST,
    build_inputs,
    calendar_columns,
    candidates,
)
from models.sales.features.scaling import LARGEST_RATIO, USUAL_SPREAD, curve, levels, spreads, uncurve
from models.sales.features.windows import cut, eligible_from, hide_tails, sample_windows
from models.sales.settings import SalesSettings

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
    series, origin = sample_windows(values, minimum, latest, 10_000, np.random.default_rng(seed))
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
    first, again, other = (sample_windows(values, 3, 50, 20, np.random.default_rng(seed)) for seed in (1, 1, 2))
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


@given(st.floats(-LARGEST_RATIO, LARGEST_RATIO))
def test_the_curve_inverts(ratio: float) -> None:
    assert uncurve(curve(np.array([ratio])))[0] == pytest.approx(ratio, rel=1e-9, abs=1e-12)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=9), st.floats(-290, 290))
def test_levels_follow_the_scale(values: list[float], exponent: float) -> None:
    history = np.array([[math.nan, *values]])
    scale = 10.0**exponent
    assert levels(history * scale, 9)[0] == pytest.approx(levels(history, 9)[0] * scale, rel=1e-9)


def test_levels_of_nothing_and_of_one_absurd_value() -> None:
    assert levels(np.array([[0.0, 0.0], [math.nan, math.nan]]), 2).tolist() == [0, 0]
    assert levels(np.array([[4.0, 0.0, 0.0]]), 2)[0] == pytest.approx(4 / 3)  # nothing in the look-back
    absurd = np.array([[*[1.0] * 9, 1e300]])
    assert levels(absurd, 10)[0] == pytest.approx(10.9)


def test_candidates_are_the_same_position_of_past_seasons() -> None:
    lengths = resolve_lengths(SalesSettings(horizon=10), Calendar("D"))
    ratio = np.arange(lengths.reach, dtype=float)[None]
    found = uncurve(candidates(ratio, lengths))[0]
    assert found.shape == (10, CANDIDATES)
    for step in range(10):
        same = [float(at) for at in range(lengths.reach) if (lengths.reach + step - at) % 7 == 0][::-1][
            : lengths.cycles
        ]
        np.testing.assert_allclose(found[step, :LATEST], same[:LATEST], rtol=1e-9, atol=1e-9)
        expected = [
            np.mean(same[:LATEST]),
            np.mean(same),
            np.mean(ratio[0, -7:]),
            np.mean(ratio[0, -63:]),
            ratio[0, -1],
        ]
        np.testing.assert_allclose(found[step, LATEST:], expected, rtol=1e-9)


def test_an_unknown_candidate_becomes_a_more_general_one() -> None:
    lengths = resolve_lengths(SalesSettings(), Calendar("D"))
    ratio = np.full((2, lengths.reach), math.nan)
    ratio[0, -7:] = [1, 2, 3, 4, 5, 6, 7]
    found = uncurve(candidates(ratio, lengths))
    np.testing.assert_allclose(found[0, :7, 0], [1, 2, 3, 4, 5, 6, 7])
    np.testing.assert_allclose(found[0, :7, 1], [1, 2, 3, 4, 5, 6, 7])
    np.testing.assert_allclose(found[1], 0.0, atol=1e-12)


@pytest.mark.parametrize("frequency", ["D", "B", "W-TUE", "MS", "QS", "YS"])
def test_inputs_have_one_shape_for_each_calendar(frequency: str) -> None:
    calendar = Calendar(frequency)
    lengths = resolve_lengths(SalesSettings(), calendar)
    history = np.ones((3, lengths.reach))
    found = build_inputs(history, np.array([5, 0, 900]), calendar, lengths, yearly=True)
    told = 3 + (CALENDAR_COLUMNS[calendar.family] if lengths.patch == 1 else 0)
    assert found.past.shape == (3, lengths.look_back // lengths.patch, told * lengths.patch)
    assert found.steps.shape == (3, lengths.horizon, CALENDAR_COLUMNS[calendar.family] + 4)
    columns = calendar_columns(900 + np.arange(lengths.horizon), calendar, True)
    np.testing.assert_array_equal(found.steps[2, :, :-4], columns)
    assert all(np.isfinite(part).all() for part in found.arrays)


def test_the_past_tells_value_known_and_difference_to_the_season_before() -> None:
    lengths = resolve_lengths(SalesSettings(look_back=14), Calendar("D"))
    history = np.full((1, lengths.reach), 2.0)
    history[0, -1], history[0, -9] = 4.0, math.nan
    ratio = history[0] / 2.0 * (2.0 / np.nanmean(history[0, -14:]))
    value, known, difference = build_inputs(history, np.array([5]), Calendar("D"), lengths, True).past.reshape(14, 3).T
    np.testing.assert_allclose(value[-1], curve(ratio[-1:])[0], rtol=1e-5)
    assert known.tolist() == [1.0] * 5 + [0.0] + [1.0] * 8
    assert value[5] == difference[5] == difference[12] == 0.0  # unknown itself, or a week later
    np.testing.assert_allclose(difference[-1], curve(ratio[-1:])[0] - curve(ratio[-8:-7])[0], rtol=1e-5)


def test_what_is_known_ahead_reaches_the_past_and_the_steps() -> None:
    lengths = resolve_lengths(SalesSettings(), Calendar("D"))
    told = np.arange(63 + 28, dtype=np.float32)[None, :, None]
    found = build_inputs(np.ones((1, lengths.reach)), np.array([5]), Calendar("D"), lengths, True, told)
    np.testing.assert_array_equal(found.past.reshape(63, 4)[:, 3], np.arange(63))
    np.testing.assert_array_equal(found.steps[0, :, CALENDAR_COLUMNS["D"]], 63 + np.arange(28))


def test_the_spread_is_the_mean_distance_to_the_season_before() -> None:
    generator = np.random.default_rng(2)
    ratio = generator.gamma(9, 1 / 9, (2, 70))
    ratio[1, :-8] = math.nan  # one difference is known
    found = spreads(ratio, 7)
    curved = curve(ratio)
    distances = [abs(curved[0, at] - curved[0, at - 7]) for at in range(7, 70)]
    assert found[0] == pytest.approx((sum(distances) + 4 * USUAL_SPREAD) / 67)
    assert found[1] == pytest.approx((abs(curved[1, -1] - curved[1, -8]) + 4 * USUAL_SPREAD) / 5)
    assert spreads(np.ones((1, 70)), 7)[0] > 0
    lengths = resolve_lengths(SalesSettings(), Calendar("D"))
    told = build_inputs(ratio[:1, -lengths.reach :], np.array([5]), Calendar("D"), lengths, True).steps[0]
    np.testing.assert_allclose(np.exp(told[:, -2]), told[:, -1], rtol=1e-5)
