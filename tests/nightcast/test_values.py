"""Days, bins and the labels that people read."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightcast.errors import SettingsError
from nightcast.values import Bins, to_date, to_day

EDGES = st.lists(st.integers(1, 400), min_size=1, max_size=8, unique=True).map(sorted)


@given(st.dates())
def test_a_date_survives_the_way_to_a_day_and_back(date: datetime.date) -> None:
    assert to_date(to_day(date)) == date


def test_days_are_counted_from_1970() -> None:
    assert to_day(datetime.date(1970, 1, 1)) == 0
    assert to_day(datetime.date(1969, 12, 31)) == -1
    assert to_day(datetime.date(2024, 3, 1)) - to_day(datetime.date(2024, 2, 28)) == 2


def test_the_bins_of_the_design() -> None:
    bins = Bins.of([7, 14, 28, 56])
    assert bins.count == 5
    assert bins.horizon == 56
    assert bins.ranges == [(1, 7), (8, 14), (15, 28), (29, 56), (57, None)]
    assert bins.labels == ["1-7", "8-14", "15-28", "29-56", "later"]


def test_a_bin_of_one_day_is_called_by_its_day() -> None:
    assert Bins.of([1, 2, 9]).labels == ["1", "2", "3-9", "later"]


@given(EDGES)
def test_every_day_lies_in_exactly_one_bin(edges: list[int]) -> None:
    ranges = Bins.of(edges).ranges
    for day in range(1, edges[-1] + 3):
        assert sum(first <= day and (last is None or day <= last) for first, last in ranges) == 1
    assert len(ranges) == len(Bins.of(edges).labels) == Bins.of(edges).count


@pytest.mark.parametrize("edges", [[], [0, 7], [-1], [7, 7], [14, 7], [7, 28, 14]])
def test_edges_that_do_not_increase_are_refused_with_an_example(edges: list[int]) -> None:
    with pytest.raises(SettingsError) as caught:
        Bins.of(edges)
    assert str(edges) in caught.value.reason
    assert "[7, 14, 28, 56]" in caught.value.remedy
