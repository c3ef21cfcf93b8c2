from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.next_visit.data import visits as visits_module
from models.next_visit.data.visits import VisitHistory
from tests.models.next_visit.reference import START, Days, history_of, shops, visit_days


@given(shops(), st.randoms())
def test_rows_in_any_order_become_sorted_distinct_visit_days(shop: list[Days], random: object) -> None:
    rows = [(code, day) for code, days in enumerate(shop) for day in days]
    random.shuffle(rows)  # type: ignore[attr-defined]
    codes, days = np.array([row[0] for row in rows], dtype=int), np.array([row[1] for row in rows], dtype=int)
    history = VisitHistory.from_rows(codes, days, np.ones(len(rows)), len(shop))
    for code, visits in enumerate(shop):
        begin, end = history.offsets[code], history.offsets[code + 1]
        assert history.day[begin:end].tolist() == visit_days(visits, 10**6)
        assert history.amount[begin:end].tolist() == [visits.count(day) for day in visit_days(visits, 10**6)]


@given(shops(), st.integers(START - 5, START + 410))
def test_before_keeps_every_customer_and_only_earlier_days(shop: list[Days], day: int) -> None:
    past = history_of(shop).before(day)
    assert past.customers == len(shop)
    for code, visits in enumerate(shop):
        known = visit_days(visits, day)
        assert past.day[past.offsets[code] : past.offsets[code + 1]].tolist() == known
        assert past.known[code] == bool(known)
        if known:
            assert (past.first_day[code], past.last_day[code]) == (known[0], known[-1])


@given(shops(), st.data())
def test_slice_is_a_history_of_its_customers(shop: list[Days], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(shop)))
    stop = data.draw(st.integers(start, len(shop)))
    part, expected = history_of(shop).slice(start, stop), history_of(shop[start:stop])
    assert part.offsets.tolist() == expected.offsets.tolist()
    assert part.day.tolist() == expected.day.tolist()


@given(shops(), st.integers(1, 5))
def test_every_second_customer_keeps_the_own_days(shop: list[Days], step: int) -> None:
    part, expected = history_of(shop).every(step), history_of(shop[::step])
    assert part.offsets.tolist() == expected.offsets.tolist()
    assert part.day.tolist() == expected.day.tolist()


@given(shops(), st.integers(START - 50, START + 450))
def test_positions_count_the_visit_days_before(shop: list[Days], day: int) -> None:
    history = history_of(shop)
    everyone = np.arange(len(shop))
    counts = history.positions(everyone, day) - history.offsets[:-1]
    assert counts.tolist() == [len(visit_days(visits, day)) for visits in shop]


@pytest.mark.parametrize("bits", [63, 0], ids=["packed", "too long to pack"])
def test_sums_do_not_depend_on_the_order_of_the_rows(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits_module, "MOST_BITS", bits)
    random = np.random.default_rng(0)
    codes, days, amounts = random.integers(5, size=400), random.integers(START, START + 9, size=400), random.random(400)
    amounts[::13] = np.nan
    expected = VisitHistory.from_rows(codes, days, amounts, 6)
    for order in (np.argsort(amounts), random.permutation(400), np.arange(400)[::-1]):
        again = VisitHistory.from_rows(codes[order], days[order], amounts[order], 6)
        np.testing.assert_array_equal(again.offsets, expected.offsets)
        np.testing.assert_array_equal(again.day, expected.day)
        np.testing.assert_array_equal(again.amount, expected.amount)
    sums = [np.nansum(np.sort(amounts[(codes == 2) & (days == day)])) for day in np.unique(days[codes == 2])]
    np.testing.assert_allclose(expected.amount[expected.offsets[2] : expected.offsets[3]], sums)


def test_amounts_of_a_day_are_summed_and_stay_unknown_where_none_is_known() -> None:
    amounts = np.array([1.5, np.nan, 2.0, np.nan, np.inf])
    history = VisitHistory.from_rows(np.zeros(5, int), np.array([3, 3, 3, 4, 5]), amounts, 1)
    np.testing.assert_equal(history.amount, [3.5, np.nan, np.nan])


def test_a_history_without_visits() -> None:
    history = history_of([[], []])
    assert (history.first, history.data_through, history.customers) == (None, None, 2)
    assert not history.known.any()
    assert history.before(5).visit_days.tolist() == [0, 0]


def test_extent() -> None:
    history = history_of([[7, 9], [3]])
    assert (history.first, history.data_through) == (3, 9)


def test_amounts_of_a_day_add_up_to_the_same_bits_in_any_order() -> None:
    amounts = np.array([0.1, 0.2, 0.3, 1e17, -1e17, np.nan])
    totals = {
        VisitHistory.from_rows([0] * 6, [5] * 6, amounts[order], 1).amount[0]
        for order in ([0, 1, 2, 3, 4, 5], [5, 2, 1, 0, 3, 4], [3, 0, 4, 1, 5, 2])
    }
    assert len(totals) == 1


def test_two_visits_a_second_apart_are_one_visit_day() -> None:
    twice = VisitHistory.from_rows([0, 0, 1], [START, START, START], [1.0, 2.0, 3.0], 2)
    assert twice.visit_days.tolist() == [1, 1]
    assert twice.amount.tolist() == [3.0, 3.0]
