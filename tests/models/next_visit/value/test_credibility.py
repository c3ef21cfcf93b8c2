from __future__ import annotations

import math

import numpy as np
import pytest

from models.next_visit.value.credibility import LARGEST_WEIGHT, SMALLEST_WEIGHT, Credibility


def moments(values: list[list[float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return (
        np.array([len(row) for row in values]),
        np.array([math.fsum(row) for row in values]),
        np.array([math.fsum(value**2 for value in row) for row in values]),
    )


def test_the_weight_of_generated_customers_is_found() -> None:
    random = np.random.default_rng(1)
    means = 10.0 + 2.0 * random.standard_normal(4_000)
    values = [(mean + 4.0 * random.standard_normal(1 + place % 6)).tolist() for place, mean in enumerate(means)]
    fitted = Credibility.fit(*moments(values))
    assert fitted.mean == pytest.approx(10.0, abs=0.2)
    assert fitted.weight == pytest.approx(16 / 4, rel=0.15)


def test_the_mean_of_a_customer_lies_between_the_own_and_that_of_all() -> None:
    model = Credibility(10.0, 4.0)
    np.testing.assert_allclose(
        model.means(np.array([0, 4, 4_000]), np.array([0.0, 80.0, 80_000.0])), [10, 15, 19.99], 1e-3
    )


@pytest.mark.parametrize(
    ("values", "weight"),
    [
        ([[1.0, 1.0], [5.0, 5.0], []], SMALLEST_WEIGHT),
        ([[0.0, 4.0], [4.0, 0.0], [2.0, 2.0]], LARGEST_WEIGHT),
        ([[1.0], [5.0]], 1.0),
        ([[1.0, 2.0]], 1.0),
    ],
)
def test_the_weight_in_its_limits(values: list[list[float]], weight: float) -> None:
    assert Credibility.fit(*moments(values)).weight == weight


def test_without_a_value_the_mean_is_unknown() -> None:
    fitted = Credibility.fit(*moments([[], []]))
    assert math.isnan(fitted.mean)
    np.testing.assert_equal(fitted.means(np.zeros(2, dtype=np.int64), np.zeros(2)), [math.nan] * 2)
