from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sales.recipes.blending import NARROWEST, WIDEST, band_factors, blend, select_weights, widen
from models.sales.recipes.model import MEDIAN, QUANTILES

FAN = [-2.0, -1.0, -0.8, -0.6, -0.4, 0.0, 0.4, 0.6, 0.8, 1.0, 2.0]
"""Quantiles around zero."""


def around_the_median(factor: float) -> list[float]:
    return [*[factor] * MEDIAN, 1.0, *[factor] * MEDIAN]


def row_of(numbers: st.SearchStrategy[float]) -> st.SearchStrategy[list[float]]:
    return st.lists(numbers, min_size=len(QUANTILES), max_size=len(QUANTILES))


def test_a_blend_is_the_mean_over_those_that_cover_a_series() -> None:
    parts = [np.array([[1.0], [1.0], [1.0]]), np.array([[5.0], [5.0], [5.0]])]
    covered = [np.array([True, False, False]), np.array([True, True, False])]
    assert blend(parts, [0.25, 0.75], covered).ravel().tolist() == [4.0, 5.0, 4.0]


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=4), st.floats(-5, 5))
def test_weights_are_shares_and_no_worse_than_the_best_alone(points: list[float], truth: float) -> None:
    def loss(weights: list[float]) -> float:
        return abs(float(np.dot(weights, points)) - truth)

    weights = select_weights(len(points), loss)
    assert sum(weights) == pytest.approx(1)
    assert min(weights) >= 0
    alone = min(loss(one.tolist()) for one in np.eye(len(points)))
    assert loss(weights) <= alone + 1e-12


def test_weights_find_a_mean_that_no_candidate_is() -> None:
    weights = select_weights(2, lambda shares: (shares[0] * 10 - 3) ** 2)
    assert weights == pytest.approx([0.3, 0.7])


def test_of_equals_the_first_is_chosen() -> None:
    assert select_weights(3, lambda shares: 1.0) == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("spread", [0.6, 1.6])
def test_band_factors_undo_a_wrong_width(spread: float) -> None:
    generator = np.random.default_rng(1)
    actual = generator.normal(size=200_000)
    honest = np.quantile(generator.normal(size=1_000_000), QUANTILES)
    factors = band_factors(np.tile(honest * spread, (len(actual), 1)), actual)
    np.testing.assert_allclose(np.delete(factors, MEDIAN), 1 / spread, rtol=0.02)
    assert factors[MEDIAN] == 1.0
    held = [(actual <= edge).mean() for edge in widen(honest * spread, factors)]
    np.testing.assert_allclose(held, QUANTILES, atol=0.003)


@pytest.mark.parametrize("spread", [0.85, 1.0, 1.2])
def test_a_width_that_is_nearly_right_is_left_as_it_is(spread: float) -> None:
    actual = np.random.default_rng(1).normal(size=10_000)
    honest = np.quantile(np.random.default_rng(2).normal(size=100_000), QUANTILES)
    assert band_factors(np.tile(honest * spread, (len(actual), 1)), actual).tolist() == [1.0] * len(QUANTILES)


def test_more_origins_find_a_smaller_error() -> None:
    actual = np.random.default_rng(1).normal(size=10_000)
    wide = np.tile(1.2 * np.quantile(np.random.default_rng(2).normal(size=100_000), QUANTILES), (len(actual), 1))
    assert band_factors(wide, actual, 3)[1] == band_factors(wide, actual, 1)[1] == 1.0
    assert band_factors(wide, actual, 8)[1] == pytest.approx(1 / 1.2, rel=0.05)


def test_truths_on_one_side_change_both_ends_of_a_band_alike() -> None:
    quantiles = np.tile(FAN, (1_000, 1))
    factors = band_factors(quantiles, np.linspace(0, 1.5, 1_000))
    assert factors[0] == factors[-1] < 1
    assert factors[1:-1].tolist() == [1.0] * 9


def test_values_on_the_median_count_as_inside() -> None:
    quantiles = np.tile([0.0] * 8 + [1.0, 1.0, 2.0], (1_000, 1))
    ninth = np.r_[np.zeros(850), np.full(100, 1.0), np.full(50, 3.0)]  # two thirds of those above zero are within 1
    assert band_factors(quantiles, ninth)[-2] < 1.0


def test_band_factors_are_bounded_and_need_enough_truths() -> None:
    quantiles = np.tile(FAN, (500, 1))
    assert band_factors(quantiles, np.tile([-100.0, 100.0], 250)).tolist() == around_the_median(WIDEST)
    assert band_factors(quantiles, np.zeros(500)).tolist() == around_the_median(NARROWEST)
    assert band_factors(quantiles[:50], np.full(50, 100.0)).tolist() == [1.0] * len(QUANTILES)
    assert band_factors(np.zeros((500, len(QUANTILES))), np.ones(500)).tolist() == [1.0] * len(QUANTILES)


@given(row_of(st.floats(-1e18, 1e18)), row_of(st.floats(0.5, 2)))
def test_widened_quantiles_stay_in_order(values: list[float], factors: list[float]) -> None:
    widened = widen(np.sort(values)[None], np.array(factors))
    assert all(low <= high for low, high in itertools.pairwise(widened[0]))


def test_models_that_come_to_the_same_share_no_weight() -> None:
    assert select_weights(2, lambda shares: 1 - 1e-13 * (min(shares) > 0)) == [1.0, 0.0]
