"""How far the quantiles of totals lie from the mean, by how far past totals lay."""

from __future__ import annotations

import numpy as np
import pytest

from models.common.arrays import Floats
from models.sales.recipes.model import QUANTILES
from models.sales.totals.spans import HORIZON, WEEK, Span
from models.sales.totals.tails import NARROWEST, SHRINKAGE, WIDEST, Distances

SPANS = [Span(WEEK, 0, 6), Span(WEEK, 7, 13), Span(HORIZON, 0, 13)]
LOW, HIGH = QUANTILES.index(0.1), QUANTILES.index(0.9)
MANY = 10**9
"""Origins: nothing is drawn towards a normal distribution."""


def factors(weeks: Floats, origins: int = MANY) -> Floats:
    """The factors where weeks have these distances, counted in two parts, and horizons none."""
    distances = Distances(SPANS)
    for part in np.array_split(weeks, 2):
        cells = np.full((len(part), 3), np.nan)
        cells[:, 0] = part
        distances.add(cells)
    return distances.factors(origins)


def test_normal_distances_leave_the_bands_as_they_are() -> None:
    found = factors(np.abs(np.random.default_rng(1).normal(size=100_000)))
    np.testing.assert_allclose(found, 1.0, atol=0.02)


def test_rare_large_errors_narrow_the_inner_band_and_widen_the_outer_one() -> None:
    found = factors(np.abs(np.random.default_rng(1).standard_t(3, size=100_000) / np.sqrt(3)))
    assert (found[0] == found[1]).all()
    assert (found[2] == 1).all()
    assert found[0, LOW] == found[0, HIGH] < 0.8
    assert found[0, LOW] < found[0, 0] == found[0, -1]


@pytest.mark.parametrize(("distance", "factor"), [(0.0, NARROWEST), (50.0, WIDEST)])
def test_factors_are_bounded(distance: float, factor: float) -> None:
    np.testing.assert_allclose(factors(np.full(40, distance))[0, [0, LOW, HIGH]], factor, atol=1e-6)


def test_few_origins_say_little() -> None:
    weeks = np.full(40, 0.7)
    many, half = factors(weeks), factors(weeks, round(SHRINKAGE))
    np.testing.assert_allclose(half, (1 + many) / 2, atol=1e-6)
    assert (factors(np.zeros(0), 0) == 1).all()
