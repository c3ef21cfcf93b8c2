"""What came within windows, by slow references, and the peers that need no package of their own."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import visit_value
from benchmarks.value_peers import Visits, gradient_boosting
from models.common.trees import one_thread
from models.next_visit.data.visits import VisitHistory

RANDOM = np.random.default_rng(5)
HISTORY = VisitHistory.from_rows(
    RANDOM.integers(0, 60, 900), RANDOM.integers(0, 400, 900), RANDOM.gamma(2, 10, 900), 60
)


def test_what_came_is_counted_from_the_as_of_to_the_end_of_the_window() -> None:
    visits, amount = visit_value.came(HISTORY, 300, 28)
    for customer in range(60):
        part = slice(*HISTORY.offsets[customer : customer + 2])
        inside = [place for place in range(part.start, part.stop) if 300 <= HISTORY.day[place] <= 327]
        assert visits[customer] == len(inside)
        assert amount[customer] == pytest.approx(sum(HISTORY.amount[inside]))


def test_ratios_are_those_of_sums_and_errors_those_of_customers() -> None:
    window = visit_value.Window.of("shop", HISTORY, 28, 2)
    last = int(HISTORY.day.max()) - 27
    assert window.as_ofs == [last, last - 28]
    for as_of in window.as_ofs:
        window.expected["twice", "visits", as_of] = 2 * window.realised["visits", as_of]
    assert window.ratio("twice", "visits") == 2.0
    mean = np.mean([window.realised["visits", as_of].mean() for as_of in window.as_ofs])
    assert window.error("twice", "visits") == pytest.approx(mean)


def test_gradient_boosting_learns_the_sum_and_reads_nothing_later() -> None:
    customer = np.repeat(np.arange(60), HISTORY.visit_days)
    visits = Visits(customer, HISTORY.day.astype(np.int64), HISTORY.amount, 60)
    with one_thread():  # trees of a few hundred rows wait for each other's threads
        expected = gradient_boosting(visits, 340, 28)
    past = HISTORY.before(340)
    early = Visits(np.repeat(np.arange(60), past.visit_days), past.day.astype(np.int64), past.amount, 60)
    with one_thread():
        known = gradient_boosting(early, 340, 28)
    for measure, values in known.items():
        np.testing.assert_array_equal(values, expected[measure])
    newest = visit_value.came(HISTORY, 340 - 28, 28)[0].sum()
    assert expected["visits"].sum() == pytest.approx(newest, rel=0.01)
