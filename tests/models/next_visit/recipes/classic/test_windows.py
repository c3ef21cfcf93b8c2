from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.next_visit.recipes.classic.windows import completed_intervals, first_visits, spread_evenly, windows_at
from tests.models.next_visit.reference import START, Days

raw_shops = st.lists(st.lists(st.integers(START, START + 90), max_size=9).map(sorted), min_size=1, max_size=5)


def flat(shop: list[Days]) -> tuple[np.ndarray, np.ndarray]:
    pairs = [(code, day) for code, days in enumerate(shop) for day in days]
    return np.array([code for code, _ in pairs], dtype=np.int64), np.array([day for _, day in pairs], dtype=np.int32)


@given(raw_shops)
def test_intervals_of_raw_visits_are_the_slow_ones_and_may_be_zero(shop: list[Days]) -> None:
    customer, day = flat(shop)
    begins, days = completed_intervals(first_visits(customer), day)
    assert days.tolist() == [later - earlier for visits in shop for earlier, later in pairwise(visits)]
    assert customer[begins].tolist() == [code for code, visits in enumerate(shop) for _ in visits[1:]]


@given(raw_shops, st.integers(1, 5))
def test_windows_are_the_slow_ones(shop: list[Days], look_back: int) -> None:
    customer, day = flat(shop)
    first, last = first_visits(customer), np.arange(day.size)
    amount = day * 0.5
    windows = windows_at(first, last, day, amount, look_back)
    row = 0
    for visits in shop:
        for count in range(1, len(visits) + 1):
            known, missing = visits[:count][-look_back:], max(look_back - count, 0)
            lengths = [later - earlier for earlier, later in pairwise(visits[:count])][-look_back:]
            assert windows.interval[row].tolist() == [0] * (look_back - len(lengths)) + lengths
            assert windows.has_interval[row].sum() == len(lengths)
            weekdays = [(np.datetime64(one, "D").item()).weekday() for one in known]
            assert windows.weekday[row].tolist() == [-1] * missing + weekdays
            np.testing.assert_array_equal(windows.amount[row], [math.nan] * missing + [one * 0.5 for one in known])
            row += 1


@given(st.integers(0, 50), st.integers(1, 60))
def test_an_even_sample_keeps_what_fits_and_never_takes_twice(total: int, most: int) -> None:
    taken = spread_evenly(total, most).tolist()
    assert len(taken) == min(total, most)
    assert sorted(set(taken) & set(range(total))) == taken
    gaps = [after - before for before, after in pairwise(taken)]
    assert max(gaps, default=1) - min(gaps, default=1) <= 1
