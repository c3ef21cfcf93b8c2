"""Windows of visits against slow references."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightcast.errors import InputError
from studies.data import Visits
from studies.intervals.settings import WindowSettings
from studies.intervals.windows import Intervals, Splits

shops = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 400)), max_size=40)


def intervals_of(shop: list[tuple[int, int]]) -> list[list[int]]:
    """Of each customer, slowly."""
    customers = sorted({customer for customer, _ in shop})
    days = [sorted(day for one, day in shop if one == customer) for customer in customers]
    return [[later - earlier for earlier, later in pairwise(visits)] for visits in days]


@settings(deadline=None)
@given(shops)
def test_intervals_are_those_of_each_customer(shop: list[tuple[int, int]]) -> None:
    visits = Visits.from_rows([one for one, _ in shop], [day for _, day in shop])
    assert visits.intervals.tolist() == [days for own in intervals_of(shop) for days in own]
    assert visits.customers == len({one for one, _ in shop})


@settings(deadline=None)
@given(shops, st.integers(1, 4), st.integers(1, 6))
def test_windows_are_the_intervals_before_the_one_that_is_forecast(
    shop: list[tuple[int, int]], before: int, look_back: int
) -> None:
    expected = [
        (own[number], own[max(0, number - look_back) : number])
        for own in intervals_of(shop)
        for number in range(before, len(own))
    ]
    visits = Visits.from_rows([one for one, _ in shop], [day for _, day in shop])
    windows = WindowSettings(edges_days=(10, 50), intervals_before=before)
    if len(expected) < 50:
        with pytest.raises(InputError, match=re.escape(f"{len(expected)} intervals have {before} earlier ones")):
            Intervals.of(visits, windows)
    many = [(copy * 6 + one, day) for copy in range(50) for one, day in shop]
    if not expected:
        return
    intervals = Intervals.of(Visits.from_rows(*np.array(many).T), windows)
    assert intervals.days.tolist() == [days for days, _ in expected] * 50
    assert intervals.bins.tolist() == [(days >= 10) + (days >= 50) for days, _ in expected] * 50
    inputs = intervals.inputs(look_back)[: len(expected)]
    for row, (_, own) in zip(inputs, expected, strict=True):
        missing = look_back - len(own)
        assert row[:, 0].tolist() == [0.0] * missing + [1.0] * len(own)
        np.testing.assert_allclose(row[:, 1], np.log1p([0] * missing + own) / 4, rtol=1e-6)


def test_bins_have_names_and_windows_a_limit() -> None:
    visits = Visits.from_rows([0] * 90, range(0, 900, 10))
    intervals = Intervals.of(visits, WindowSettings(most=60))
    assert intervals.labels == ["0-39", "40-59", "60-79", "80-99", "100 or more"]
    assert intervals.days.size == 60


@settings(deadline=None)
@given(st.integers(50, 200), st.floats(0.05, 0.9), st.integers(1, 4), st.integers(0, 99))
def test_each_repeat_parts_the_windows_anew(total: int, share: float, repeats: int, seed: int) -> None:
    splits = Splits.draw(total, share, repeats, seed)
    assert splits.test.shape == (repeats, int(total * share))
    for train, test in zip(splits.train, splits.test, strict=True):
        assert sorted([*train, *test]) == list(range(total))
    assert len({tuple(row) for row in splits.test.tolist()}) == repeats
    np.testing.assert_array_equal(splits.test, Splits.draw(total, share, repeats, seed).test)


def test_candidates_are_validated_on_training_windows_alone() -> None:
    splits = Splits.draw(100, 0.2, 5, 1)
    inner = splits.within(0.25)
    assert inner.test.shape == (5, 20)
    for outer, train, validation in zip(splits.train, inner.train, inner.test, strict=True):
        assert sorted([*train, *validation]) == sorted(outer)
