from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sales.features.scaling import LARGEST_RATIO, USUAL_SPREAD, curve, levels, spreads, uncurve


@given(st.floats(-LARGEST_RATIO, LARGEST_RATIO))
def test_the_curve_inverts(ratio: float) -> None:
    assert uncurve(curve(np.array([ratio])))[0] == pytest.approx(ratio, rel=1e-9, abs=1e-12)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=9), st.floats(-12, 13))
def test_levels_follow_the_scale(values: list[float], exponent: float) -> None:
    history = np.array([[math.nan, *values]])
    scale = 10.0**exponent
    assert levels(history * scale, 9)[0] == pytest.approx(levels(history, 9)[0] * scale, rel=1e-9)


def test_levels_of_nothing_and_of_one_absurd_value() -> None:
    assert levels(np.array([[0.0, 0.0], [math.nan, math.nan]]), 2).tolist() == [0, 0]
    assert levels(np.array([[4.0, 0.0, 0.0]]), 2)[0] == pytest.approx(4 / 3)  # nothing in the look-back
    absurd = np.array([[*[1.0] * 9, 1e15]])
    assert levels(absurd, 10)[0] == pytest.approx(10.9)


def test_the_spread_is_the_mean_distance_to_the_season_before() -> None:
    generator = np.random.default_rng(2)
    ratio = generator.gamma(9, 1 / 9, (2, 70))
    ratio[1, :-8] = math.nan  # one difference is known
    spread = spreads(ratio, 7)
    curved = curve(ratio)
    distances = [abs(curved[0, at] - curved[0, at - 7]) for at in range(7, 70)]
    assert spread[0] == pytest.approx((sum(distances) + 4 * USUAL_SPREAD) / 67)
    assert spread[1] == pytest.approx((abs(curved[1, -1] - curved[1, -8]) + 4 * USUAL_SPREAD) / 5)
    assert spreads(np.ones((1, 70)), 7)[0] > 0
