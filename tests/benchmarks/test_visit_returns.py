"""First returns of known customers beside visits per day: what is counted, and its figures."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.visit_returns import Returns, returns_figures, returns_table, visits_of_new
from benchmarks.visit_shops import generated
from models.next_visit.data.visits import VisitHistory


def test_a_customer_is_new_until_the_first_visit_is_known() -> None:
    history = VisitHistory.from_rows(np.array([0, 0, 1, 1, 2]), np.array([1, 11, 10, 12, 20]), np.full(5, np.nan), 3)
    assert visits_of_new(history, 10, 4).tolist() == [1, 0, 1, 0]
    assert visits_of_new(history, 11, 4).tolist() == [0, 0, 0, 0]


def test_what_comes_is_first_returns_later_ones_and_new_customers() -> None:
    history = generated("small")
    as_of = int(history.day.max()) - 27
    came = np.bincount(history.day[history.day >= as_of] - as_of, minlength=28).astype(np.float64)
    found = Returns.of(history, as_of, came, came, None, "pareto_nbd")
    assert found.returned[0] + found.new[0] == came[0]
    assert (found.returned + found.new <= came).all()
    assert found.known >= found.returning.sum() > 0
    assert 0.5 < found.returning.sum() / found.returned.sum() < 2


def test_the_figures_are_ratios_of_all_as_ofs_together() -> None:
    came, new, visits = np.array([5.0, 3.0]), np.array([1.0, 1.0]), np.array([6.0, 6.0])
    one = Returns(np.array([4.0, 2.0]), came, new, visits, visits, known=8.0)
    two = Returns(np.array([6.0, 4.0]), came, new, visits, visits, known=12.0)
    values = {figure.name.removeprefix("shop_"): figure.value for figure in returns_figures("shop", [one, two])}
    assert values["first_returns_of_2_days"] == 1.0
    assert values["first_returns_of_2_days_least"] == pytest.approx(6 / 8)
    assert values["first_returns_of_the_first_day"] == 1.0
    assert values["visits_less_new_of_the_first_day"] == 1.0
    assert values["visits_of_known_in_2_days"] == 1.0
    assert values["share_of_new_in_2_days"] == pytest.approx(1 / 6)
    assert len(returns_table("shop", [one, two], [19_000, 19_013]).splitlines()) == 3
