"""Quantiles of totals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from models.common.arrays import Floats
from models.sales.recipes.model import QUANTILES
from models.sales.totals.bands import quantiles_of

EVEN = np.ones((1, len(QUANTILES)))


def of(mean: float, spread: float, floored: bool = True, whole: bool = False, factors: Floats = EVEN) -> Floats:
    """The quantiles of one total."""
    cells = np.array([[mean]]), np.array([[spread]])
    quantiles: Floats = quantiles_of(*cells, np.array([floored]), np.array([whole]), factors)[0, 0]
    return quantiles


def test_totals_that_may_be_negative_are_normal() -> None:
    np.testing.assert_allclose(of(-3.0, 2.0, floored=False), stats.norm(-3, 2).ppf(QUANTILES))


@pytest.mark.parametrize("spread", [0.5, 5.0, 20.0])
def test_totals_that_are_never_negative_are_skewed(spread: float) -> None:
    expected = stats.gamma((10 / spread) ** 2, scale=spread**2 / 10).ppf(QUANTILES)
    np.testing.assert_allclose(of(10.0, spread), expected, atol=1e-12)


def test_nearly_certain_and_certain_totals() -> None:
    np.testing.assert_allclose(of(1e9, 1.0), 1e9 + stats.norm.ppf(QUANTILES), rtol=1e-12)
    assert of(5.0, 0.0).tolist() == [5.0] * len(QUANTILES)
    assert of(0.0, 0.0).tolist() == [0.0] * len(QUANTILES)


def test_counts_have_whole_quantiles_around_their_mean() -> None:
    quantiles = of(2.4, 1.6, whole=True)
    np.testing.assert_array_equal(quantiles, np.round(quantiles))
    assert quantiles[0] <= 2.4 <= quantiles[-1]
    assert (np.diff(quantiles) >= 0).all()


def test_the_mean_of_a_very_skewed_total_lies_inside() -> None:
    quantiles = of(1.0, 30.0)
    assert quantiles[0] <= 1.0 <= quantiles[-1]
    assert (np.diff(quantiles) >= 0).all()


@pytest.mark.parametrize("floored", [False, True])
def test_factors_move_quantiles_away_from_the_mean(floored: bool) -> None:
    factors = EVEN * 0.5
    factors[:, [0, -1]] = 2.0
    quantiles, plain = of(100.0, 5.0, floored, factors=factors), of(100.0, 5.0, floored)
    np.testing.assert_allclose(quantiles - 100, (plain - 100) * factors[0], atol=0.8)
    assert (np.diff(of(3.0, 2.0, floored, factors=factors)) >= 0).all()
