"""Pareto/NBD against numerical integration, and on customers whose habits are known."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import quad

from models.next_visit.data.intervals import known_rows
from models.next_visit.data.visits import VisitHistory
from models.next_visit.recipes.artifact import read_description
from models.next_visit.recipes.pareto_nbd import ParetoNbd, Purchases, fit_pareto_nbd, log_quiet, parameters_from
from models.next_visit.settings import NextVisitSettings
from nightcast.errors import InputError
from nightcast.values import Bins

SETTINGS = NextVisitSettings()
rates = st.floats(0.05, 20.0)


def simulated(customers: int, parameters: ParetoNbd, days: int, seed: int) -> VisitHistory:
    """Customers who begin within the first fifth of the days."""
    random = np.random.default_rng(seed)
    begin = random.integers(0, days // 5, customers)
    leaves = random.exponential(1 / random.gamma(parameters.s, 1 / parameters.beta, customers))
    rate = random.gamma(parameters.r, 1 / parameters.alpha, customers)
    stays = np.minimum(leaves, days - begin)
    count = random.poisson(rate * stays)
    customer = np.repeat(np.arange(customers), count)
    day = begin[customer] + np.floor(random.random(customer.size) * stays[customer]).astype(int)
    everyone = np.concatenate([np.arange(customers), customer])
    return VisitHistory.from_rows(everyone, np.concatenate([begin, day]), np.full(everyone.size, np.nan), customers)


@given(rates, rates, rates, rates, st.integers(0, 300), st.floats(0.0, 5.0), st.floats(0.01, 5.0))
def test_the_expression_is_its_integral(
    r: float, alpha: float, s: float, beta: float, repeats: int, recency: float, quiet: float
) -> None:
    age, shape = recency + quiet, r + repeats
    scale = shape * np.log(alpha + recency) + s * np.log(beta + recency)  # so that the integrand begins at about one

    def power(moment: float, leaving: float) -> float:
        return float(np.exp(scale - shape * np.log(alpha + moment) - leaving * np.log(beta + moment)))

    ends = np.concatenate([[0.0], np.geomspace(1e-4 * quiet, quiet, 40)]) + recency
    slowly = sum(quad(power, *part, args=(s + 1,))[0] for part in itertools.pairwise(ends))
    slow = power(age, s) + s * slowly
    fast = log_quiet(np.array([float(repeats)]), np.array([recency]), np.array([age]), ParetoNbd(r, alpha, s, beta))
    assert fast[0] + scale == pytest.approx(np.log(slow), abs=1e-3)


def test_the_parameters_of_simulated_customers_are_found() -> None:
    truth = ParetoNbd(0.8, 30.0, 0.6, 120.0)
    history = simulated(12_000, truth, 730, seed=1)
    found = ParetoNbd.fit(Purchases.at(history, known_rows(history, 730)))
    assert found.r / found.alpha == pytest.approx(truth.r / truth.alpha, rel=0.15)
    assert found.r == pytest.approx(truth.r, rel=0.15)
    assert found.s == pytest.approx(truth.s, rel=0.4)


def test_what_it_promises_comes_true() -> None:
    history = simulated(20_000, ParetoNbd(0.8, 30.0, 0.6, 120.0), 730, seed=2)
    as_of = 730 - 56
    predicted = fit_pareto_nbd(history, as_of, SETTINGS).probabilities(history, as_of)
    rows = known_rows(history, as_of)
    following = np.minimum(rows.end, history.day.size - 1)
    came = (rows.end < history.offsets[rows.customer + 1]) & (history.day[following] < as_of + 56)
    assert predicted[rows.customer, :-1].sum() == pytest.approx(came.sum(), rel=0.05)


def test_a_longer_wait_means_less_hope_and_more_visits_mean_more() -> None:
    purchases = Purchases(np.array([4.0, 4.0, 12.0]), np.array([100.0, 100.0, 100.0]), np.array([110.0, 300.0, 110.0]))
    hazards = ParetoNbd(0.7, 40.0, 0.5, 100.0).bin_hazards(purchases, Bins((7, 14, 28, 56)))
    assert (hazards[1] < hazards[0]).all()
    assert (hazards[2] > hazards[0]).all()


ODD: dict[str, tuple[list[int], list[int]]] = {
    "nobody": ([], []),
    "one customer, one visit": ([0], [10]),
    "nobody came twice": ([0, 1, 2], [1, 5, 9]),
    "everybody comes every day": (list(np.repeat(np.arange(3), 90)), list(np.tile(np.arange(90), 3))),
    "ten years ago": ([0, 0], [-3600, -3599]),
}


@pytest.mark.parametrize("name", ODD)
def test_any_history_gives_rows_that_sum_to_one(name: str, tmp_path: Path) -> None:
    customer, day = ODD[name]
    history = VisitHistory.from_rows(np.array(customer, dtype=int), np.array(day, dtype=int), np.ones(len(day)), 3)
    model = fit_pareto_nbd(history, 90, SETTINGS)
    given_: NDArray[np.float64] = model.probabilities(history, 90)
    assert np.isfinite(given_).all()
    assert given_.sum(axis=1) == pytest.approx(1.0, abs=1e-9)
    model.save(tmp_path)
    assert parameters_from(read_description(tmp_path)["parameters"]) == model.parameters


@pytest.mark.parametrize("values", [None, {"r": 1.0}, {"r": 1.0, "alpha": -1.0, "s": 1.0, "beta": 1.0}])
def test_damaged_parameters_are_refused(values: object) -> None:
    with pytest.raises(InputError, match="damaged"):
        parameters_from(values)
