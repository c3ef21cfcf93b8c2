"""Pareto/NBD's expectation against simulation, and in its limits."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.next_visit.features.pareto_nbd import ParetoNbd
from models.next_visit.features.purchases import Purchases
from models.next_visit.features.quiet import chance_of_staying
from models.next_visit.value import visits_ahead

ENDS = np.array([28, 365])


def expected_visits(model: ParetoNbd, rows: Purchases, ends: NDArray[np.int64]) -> NDArray[np.float64]:
    return visits_ahead.expected_visits(model, rows, staying(model, rows), ends)


def staying(model: ParetoNbd, rows: Purchases) -> NDArray[np.float64]:
    return np.minimum(chance_of_staying(model, rows), 1.0)


def purchases(*rows: tuple[float, float, float]) -> Purchases:
    return Purchases(*np.array(rows, dtype=np.float64).T)


def test_the_sum_over_simulated_customers_is_what_came() -> None:
    truth, customers, age = ParetoNbd(0.8, 30.0, 1.5, 200.0), 40_000, 300.0
    random = np.random.default_rng(1)
    rate = random.gamma(truth.r, 1 / truth.alpha, customers)
    leaves = random.exponential(1 / random.gamma(truth.s, 1 / truth.beta, customers))
    count = random.poisson(rate * np.minimum(leaves, age))
    latest = np.minimum(leaves, age) * random.random(customers) ** (1 / np.maximum(count, 1))
    customer = Purchases(count.astype(float), np.where(count > 0, latest, 0.0), np.full(customers, age))
    came = [random.poisson(rate * np.clip(leaves - age, 0.0, days)) for days in ENDS]
    expected = expected_visits(truth, customer, ENDS)
    np.testing.assert_allclose(expected.sum(axis=0), [one.sum() for one in came], rtol=0.03)
    often = count >= 5
    np.testing.assert_allclose(expected[often].sum(axis=0), [one[often].sum() for one in came], rtol=0.04)


def test_who_never_leaves_comes_at_the_mean_rate() -> None:
    stays = ParetoNbd(2.0, 50.0, 1e-9, 1e6)
    expected = expected_visits(stays, purchases((3, 80, 100)), ENDS)
    np.testing.assert_allclose(expected[0], 5 / 150 * ENDS, rtol=1e-3)


def test_the_formula_is_continuous_where_the_exponent_vanishes() -> None:
    around = [
        expected_visits(ParetoNbd(0.7, 40.0, s, 100.0), purchases((3, 80, 100)), ENDS)
        for s in (1 - 1e-6, 1.0, 1 + 1e-6)
    ]
    np.testing.assert_allclose(around[0], around[1], rtol=1e-5)
    np.testing.assert_allclose(around[2], around[1], rtol=1e-5)


def test_a_longer_absence_means_fewer_visits_and_a_chance_stays_one() -> None:
    model = ParetoNbd(0.7, 40.0, 0.5, 100.0)
    rows = purchases((4, 100, 101), (4, 100, 300), (300, 100, 5_000), (0, 0, 0.5))
    stays = staying(model, rows)
    assert ((stays >= 0) & (stays <= 1)).all()
    assert stays[0] > stays[1] > stays[2]
    expected = expected_visits(model, rows, ENDS)
    assert np.isfinite(expected).all()
    assert (expected[0] > expected[1]).all()
    assert (np.diff(expected, axis=1) >= 0).all()


@pytest.mark.parametrize("s", [1e-3, 1e3])
def test_extreme_parameters_give_finite_numbers(s: float) -> None:
    expected = expected_visits(ParetoNbd(1e-3, 1e-2, s, 1e-2), purchases((0, 0, 1_000), (900, 999, 1_000)), ENDS)
    assert np.isfinite(expected).all()
    assert (expected >= 0).all()
