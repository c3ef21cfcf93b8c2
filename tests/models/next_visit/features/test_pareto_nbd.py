"""Pareto/NBD against numerical integration, and on customers whose habits are known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.intervals import Rows
from models.next_visit.data.landmarks import observed_bin
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features import purchases as purchases_module
from models.next_visit.features.background import pareto_nbd_of
from models.next_visit.features.hazards import from_hazards
from models.next_visit.features.pareto_nbd import ParetoNbd
from models.next_visit.features.purchases import Purchases
from models.next_visit.features.quiet import log_quiet
from nightcast.errors import InputError
from nightcast.values import Bins

BINS = Bins((7, 14, 28, 56))
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
    fitted = pareto_nbd_of(CustomerBase.at(history, 730))
    assert fitted.r / fitted.alpha == pytest.approx(truth.r / truth.alpha, rel=0.15)
    assert fitted.r == pytest.approx(truth.r, rel=0.15)
    assert fitted.s == pytest.approx(truth.s, rel=0.4)


def test_what_it_promises_comes_true() -> None:
    history = simulated(12_000, ParetoNbd(0.8, 30.0, 0.6, 120.0), 730, seed=2)
    as_of = 730 - 56
    base = CustomerBase.at(history, as_of)
    predicted = from_hazards(pareto_nbd_of(base).bin_hazards(Purchases.at(base.history, base.rows), BINS))
    came = observed_bin(history, Rows.at(history, base.rows.customer, as_of), BINS) < 4
    assert predicted[:, :-1].sum() == pytest.approx(came.sum(), rel=0.05)


def test_a_longer_wait_means_less_hope_and_more_visits_mean_more() -> None:
    purchases = Purchases(np.array([4.0, 4.0, 12.0]), np.array([100.0, 100.0, 100.0]), np.array([110.0, 300.0, 110.0]))
    hazards = ParetoNbd(0.7, 40.0, 0.5, 100.0).bin_hazards(purchases, BINS)
    assert (hazards[1] < hazards[0]).all()
    assert (hazards[2] > hazards[0]).all()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(0, 30)), max_size=40))
def test_rows_together_have_the_hazards_that_they_have_alone(customers: list[tuple[int, int, int]]) -> None:
    columns = np.array(customers, dtype=np.float64).reshape(-1, 3).T
    purchases = Purchases(columns[0], columns[1] * (columns[0] > 0), columns[1] + columns[2] + 0.5)
    model = ParetoNbd(0.7, 40.0, 0.5, 100.0)
    together = model.bin_hazards(purchases, BINS)
    assert together.shape == (len(customers), 4)
    for row in range(len(customers)):
        alone = model.bin_hazards(purchases[row : row + 1], BINS)
        np.testing.assert_allclose(together[row], alone[0], rtol=1e-12)


def test_distinct_rows_are_in_order_and_counted() -> None:
    purchases = Purchases(np.array([1.0, 0, 1, 1]), np.array([2.5, 0, 2.5, 1.5]), np.array([9.0, 3, 9, 9]))
    distinct, place, count = purchases.distinct()
    assert [distinct.repeats.tolist(), distinct.recency.tolist()] == [[0, 1, 1], [0, 1.5, 2.5]]
    assert (place.tolist(), count.tolist()) == ([2, 0, 2, 1], [1, 1, 2])


@pytest.mark.parametrize(("step", "most"), [(1.0, 2**62), (1.0, 10), (0.3, 2**62)], ids=["halves", "many", "others"])
def test_distinct_rows_are_the_same_whatever_their_numbers(
    step: float, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purchases_module, "LARGEST_KEY", most)
    random = np.random.default_rng(0)
    columns = [(random.integers(4, size=200) * step).astype(np.float64) for _ in range(3)]
    distinct, place, count = Purchases(*columns).distinct()
    expected, numbers = np.unique(np.stack(columns), axis=1, return_counts=True)
    np.testing.assert_array_equal([distinct.repeats, distinct.recency, distinct.age], expected)
    np.testing.assert_array_equal(expected[:, place], columns)
    np.testing.assert_array_equal(count, numbers)


def test_described_and_read_it_is_the_same() -> None:
    model = ParetoNbd(0.7, 40.0, 0.5, 100.0)
    assert ParetoNbd.described(model.describe()) == model


@pytest.mark.parametrize("values", [None, {"r": 1.0}, {"r": 1.0, "alpha": -1.0, "s": 1.0, "beta": 1.0}])
def test_damaged_parameters_are_refused(values: object) -> None:
    with pytest.raises(InputError, match="Pareto/NBD"):
        ParetoNbd.described(values)


def test_where_nobody_ever_returned_half_a_visit_in_all_their_days_is_expected() -> None:
    quiet = Purchases(np.zeros(100), np.zeros(100), np.full(100, 200.0))
    hazards = ParetoNbd.fit(quiet).bin_hazards(quiet, BINS)
    assert hazards[0] == pytest.approx(0.5 / 20_000 * np.array([7, 7, 14, 28]), rel=0.01)
