from __future__ import annotations

import math

import numpy as np
import pytest

from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.visits import VisitHistory
from models.next_visit.value.amounts import Spending, amount_totals


def base_with(amounts: list[list[float]]) -> CustomerBase:
    """Customers with one amount on each of the days from 1 on."""
    customer = np.repeat(np.arange(len(amounts)), [len(row) for row in amounts])
    day = np.concatenate([np.arange(1, len(row) + 1) for row in amounts])
    return CustomerBase.at(VisitHistory.from_rows(customer, day, np.concatenate(amounts), len(amounts)), 100)


def test_totals_are_unknown_where_no_amount_is_known() -> None:
    history = base_with([[math.nan, 3.0], [math.nan, math.nan], [1.0, -4.0, 2.0]]).history
    np.testing.assert_equal(amount_totals(history), [3.0, math.nan, -1.0])
    np.testing.assert_equal(amount_totals(history, since=2), [3.0, math.nan, -2.0])
    np.testing.assert_equal(amount_totals(history, since=3), [math.nan, math.nan, 2.0])


def test_without_any_amount_the_mean_is_unknown() -> None:
    base = base_with([[math.nan], [math.nan, math.nan]])
    assert np.isnan(Spending.fit(base).mean_amounts(base.history)).all()


def test_a_customer_without_a_known_amount_gets_the_mean_of_all() -> None:
    base = base_with([*[[11.0, 12.0, 10.0]] * 5, *[[21.0, 22.0, 20.0]] * 5, [math.nan]])
    mean = Spending.fit(base).mean_amounts(base.history)
    assert mean[10] == pytest.approx(16.0)
    assert 11.0 <= mean[0] < mean[10] < mean[5] <= 21.0


def test_the_mean_of_all_is_that_of_returns_where_there_are_any() -> None:
    returned = base_with([*[[10.0, 30.0]] * 5, [10.0]])
    assert Spending.fit(returned).amounts.mean == pytest.approx(30.0)
    assert Spending.fit(base_with([[10.0], [20.0]])).amounts.mean == pytest.approx(15.0)


def test_amounts_may_be_negative_or_zero() -> None:
    base = base_with([*[[-5.0, -7.0, -6.0]] * 5, *[[0.0, 0.0, 0.0]] * 5])
    mean = Spending.fit(base).mean_amounts(base.history)
    assert mean[0] == pytest.approx(-6.0, abs=0.5)
    assert mean[5] == pytest.approx(0.0, abs=0.5)


def test_one_absurd_amount_does_not_make_all_customers_alike() -> None:
    random = np.random.default_rng(1)
    amounts = [(mean + random.standard_normal(6)).tolist() for mean in random.uniform(10, 30, 200)]
    usual = Spending.fit(base_with(amounts)).amounts.weight
    amounts[0][0] = 1e6
    assert Spending.fit(base_with(amounts)).amounts.weight < 10 * usual + 1
