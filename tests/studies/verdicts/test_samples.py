from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from studies.verdicts.samples import Sample, difference_interval, mean_interval

SCORES = st.lists(st.floats(-1e6, 1e6).filter(lambda value: value == 0 or abs(value) > 1e-6), min_size=2, max_size=30)


@settings(deadline=None)
@given(SCORES, SCORES)
def test_the_interval_of_a_difference_is_welchs(first: list[float], second: list[float]) -> None:
    one, two = Sample.of(np.array(first)), Sample.of(np.array(second))
    interval = difference_interval(one, two)
    if one.is_constant and two.is_constant:
        assert interval.low == interval.high == first[0] - second[0]
        return
    if one.is_constant or two.is_constant:  # SciPy warns of a precision that is lost
        return
    expected = stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.95)
    scale = max(np.abs([*first, *second]).max(), expected.high - expected.low)
    np.testing.assert_allclose(
        [interval.low, interval.high], [expected.low, expected.high], rtol=1e-9, atol=1e-9 * scale
    )


def test_the_interval_of_a_mean_is_students() -> None:
    scores = np.random.default_rng(1).normal(10, 3, size=17)
    expected = stats.t.interval(0.95, 16, scores.mean(), stats.sem(scores))
    interval = mean_interval(Sample.of(scores))
    np.testing.assert_allclose([interval.low, interval.high], expected)


def test_a_number_adds_no_variance() -> None:
    scores = np.random.default_rng(2).normal(size=12)
    shifted, plain = difference_interval(Sample.of(scores), Sample.number(5.0)), mean_interval(Sample.of(scores))
    assert (shifted.low, shifted.high) == pytest.approx((plain.low - 5, plain.high - 5))


def test_the_interval_covers_as_often_as_it_should() -> None:
    generator = np.random.default_rng(3)
    missed = 0
    for _ in range(1000):
        few, many = generator.normal(3, 5, size=6), generator.normal(1, 1, size=40)
        interval = difference_interval(Sample.of(few), Sample.of(many))
        missed += not interval.low <= 2 <= interval.high
    assert 30 < missed < 75


def test_diverged_repeats_are_counted() -> None:
    sample = Sample.of(np.array([1.0, np.nan, np.inf, 3.0, -np.inf]))
    assert (sample.count, sample.diverged, sample.repeats, sample.mean) == (2, 3, 5, 2.0)


def test_equal_values_have_no_spread_at_all() -> None:
    sample = Sample.of(np.full(7, 0.1))
    assert sample.is_constant
    assert (sample.mean, sample.std) == (0.1, 0.0)


@pytest.mark.parametrize("scores", [[], [4.0]])
def test_fewer_than_two_values_have_no_interval(scores: list[float]) -> None:
    sample = Sample.of(np.array(scores))
    interval = mean_interval(sample)
    assert math.isnan(sample.std)
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)
    assert not sample.is_constant
