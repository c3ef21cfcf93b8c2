from __future__ import annotations

import math

import numpy as np
import pytest

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
from models.sales.features.scaling import curve, uncurve
from models.sales.settings import SalesSettings


def test_candidates_are_the_same_position_of_past_seasons() -> None:
    lengths = resolve_lengths(SalesSettings(horizon=10), Calendar("D"))
    ratio = np.arange(lengths.reach, dtype=float)[None]
    values = uncurve(candidates(ratio, lengths))[0]
    assert values.shape == (10, CANDIDATES)
    for step in range(10):
        same = [float(at) for at in range(lengths.reach) if (lengths.reach + step - at) % 7 == 0][::-1][
            : lengths.cycles
        ]
        np.testing.assert_allclose(values[step, :LATEST], same[:LATEST], rtol=1e-9, atol=1e-9)
        expected = [
            np.mean(same[:LATEST]),
            np.mean(same),
            np.mean(ratio[0, -7:]),
            np.mean(ratio[0, -63:]),
            ratio[0, -1],
        ]
        np.testing.assert_allclose(values[step, LATEST:], expected, rtol=1e-9)


def test_an_unknown_candidate_becomes_a_more_general_one() -> None:
    lengths = resolve_lengths(SalesSettings(), Calendar("D"))
    ratio = np.full((2, lengths.reach), math.nan)
    ratio[0, -7:] = [1, 2, 3, 4, 5, 6, 7]
    values = uncurve(candidates(ratio, lengths))
    np.testing.assert_allclose(values[0, :7, 0], [1, 2, 3, 4, 5, 6, 7])
    np.testing.assert_allclose(values[0, :7, 1], [1, 2, 3, 4, 5, 6, 7])
    np.testing.assert_allclose(values[1], 0.0, atol=1e-12)


@pytest.mark.parametrize("frequency", ["D", "B", "W-TUE", "MS", "QS", "YS"])
def test_inputs_have_one_shape_for_each_calendar(frequency: str) -> None:
    calendar = Calendar(frequency)
    lengths = resolve_lengths(SalesSettings(), calendar)
    history = np.ones((3, lengths.reach))
    inputs = build_inputs(history, np.array([5, 0, 900]), calendar, lengths, yearly=True)
    width = 3 + (CALENDAR_COLUMNS[calendar.family] if lengths.patch == 1 else 0)
    assert inputs.past.shape == (3, lengths.look_back // lengths.patch, width * lengths.patch)
    assert inputs.steps.shape == (3, lengths.horizon, CALENDAR_COLUMNS[calendar.family] + 4)
    columns = calendar_columns(900 + np.arange(lengths.horizon), calendar, True)
    np.testing.assert_array_equal(inputs.steps[2, :, :-4], columns)
    assert all(np.isfinite(part).all() for part in inputs.arrays)


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
    ahead = np.arange(63 + 28, dtype=np.float32)[None, :, None]
    inputs = build_inputs(np.ones((1, lengths.reach)), np.array([5]), Calendar("D"), lengths, True, ahead)
    np.testing.assert_array_equal(inputs.past.reshape(63, 4)[:, 3], np.arange(63))
    np.testing.assert_array_equal(inputs.steps[0, :, CALENDAR_COLUMNS["D"]], 63 + np.arange(28))


def test_the_spread_and_its_logarithm_describe_each_step() -> None:
    lengths = resolve_lengths(SalesSettings(), Calendar("D"))
    history = np.random.default_rng(2).gamma(9, 1 / 9, (1, lengths.reach))
    steps = build_inputs(history, np.array([5]), Calendar("D"), lengths, True).steps[0]
    np.testing.assert_allclose(np.exp(steps[:, -2]), steps[:, -1], rtol=1e-5)
