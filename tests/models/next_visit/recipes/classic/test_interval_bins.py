from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.next_visit.recipes.classic.interval_bins import IntervalBins
from nightcast.values import Bins
from tests.models.next_visit.reference import Days, bins_strategy


def test_an_interval_of_zero_falls_in_the_first_class() -> None:
    assert IntervalBins.fit((40, 60), [0, 40]).one_hot([0, 40]).tolist() == [[1, 0, 0], [0, 1, 0]]


def slow_share(first: float, last: float, shares: list[float], bins: IntervalBins, days: Days) -> float:
    """P(first <= I <= last): for each class, its probability times the share of its own intervals in there."""
    total = 0.0
    for number, share in enumerate(shares):
        own = [day for day in days if sum(edge <= day for edge in bins.edges) == number]
        if own:
            total += share * sum(first <= day <= last for day in own) / len(own)
    return total


@given(
    st.lists(st.integers(0, 150), min_size=1, max_size=30),
    st.lists(st.floats(0.01, 1), min_size=5, max_size=5),
    st.integers(1, 160),
    bins_strategy(),
)
def test_bins_from_the_as_of_are_conditional_on_the_elapsed_time(
    days: Days, shares: list[float], elapsed: int, bins: Bins
) -> None:
    intervals = IntervalBins.fit((40, 60, 80, 100), np.array(days))
    probabilities = intervals.from_as_of(np.array([shares]), np.array([elapsed]), bins)[0]
    waiting = slow_share(elapsed, math.inf, shares, intervals, days)
    assert intervals.seen(np.array([elapsed])).tolist() == [sum(day >= elapsed for day in days)]
    if waiting == 0:
        assert probabilities.tolist() == [0.0] * (bins.count - 1) + [1.0]
        return
    expected = [
        slow_share(elapsed + a - 1, math.inf if b is None else elapsed + b - 1, shares, intervals, days) / waiting
        for a, b in bins.ranges
    ]
    np.testing.assert_allclose(probabilities, expected, atol=1e-9)
