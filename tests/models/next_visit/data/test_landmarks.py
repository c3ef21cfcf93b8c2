from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.next_visit.data.intervals import known_rows
from models.next_visit.data.landmarks import (
    LONGEST_PAST,
    landmark_days,
    landmark_rows,
    observed_bin,
    past_landmarks,
    seen_whole,
)
from nightcast.values import Bins
from tests.models.next_visit.reference import START, Days, bin_by_interval, bins_strategy, history_of, shops, visit_days

AS_OFS = st.integers(START - 5, START + 500)


@given(shops(), AS_OFS, bins_strategy())
def test_the_observed_bin_follows_from_interval_and_elapsed(shop: list[Days], as_of: int, bins: Bins) -> None:
    history = history_of(shop)
    rows = known_rows(history, as_of)
    expected = [bin_by_interval(shop[code], as_of, bins) for code in rows.customer]
    assert observed_bin(history, rows, bins).tolist() == expected


def test_the_as_of_day_itself_is_day_one() -> None:
    history, bins = history_of([[10, 20], [10, 26], [10, 27], [10, 34], [10]]), Bins((7, 14))
    assert observed_bin(history, known_rows(history, 20), bins).tolist() == [0, 0, 1, 2, 2]


@given(st.integers(0, 400), st.integers(1, 500), st.integers(1, 60), st.integers(1, 40))
def test_landmarks_are_seen_whole_and_later_than_the_first_visit(
    first: int, as_of: int, horizon: int, spacing: int
) -> None:
    days = landmark_days(first, as_of, horizon, spacing).tolist()
    assert days == [day for day in range(as_of - horizon, -1000, -spacing) if day > first]
    assert all(day + horizon - 1 < as_of for day in days)


@given(shops(), st.integers(START, START + 450), st.integers(1, 60))
def test_every_customer_known_at_a_landmark_is_a_row(shop: list[Days], as_of: int, spacing: int) -> None:
    history = history_of(shop)
    days = landmark_days(history.first, as_of, 20, spacing)
    rows = landmark_rows(history, days, 10**6, seed=1)
    expected = [(c, day) for day in days.tolist() for c, visits in enumerate(shop) if visit_days(visits, day)]
    assert sorted(zip(rows.customer.tolist(), rows.day.tolist(), strict=True)) == sorted(expected)


@given(st.integers(0, 10**6), st.integers(20, 200))
def test_a_sample_of_rows_is_spread_evenly(seed: int, most: int) -> None:
    history = history_of([[START + code % 30] for code in range(300)])
    days = landmark_days(history.first, START + 200, 28, 14)
    everything = landmark_rows(history, days, 10**6, seed)
    rows = landmark_rows(history, days, most, seed)
    pairs = set(zip(rows.customer.tolist(), rows.day.tolist(), strict=True))
    assert 0.5 * most <= len(pairs) == rows.customer.size <= most
    for day in days:
        share = (everything.day == day).mean() * rows.customer.size
        assert abs((rows.day == day).sum() - share) <= 2.5


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    history = history_of([[START + code] for code in range(60)])
    days = landmark_days(history.first, START + 300, 28, 7)
    samples = [landmark_rows(history, days, 100, seed) for seed in (1, 1, 2)]
    assert np.array_equal(samples[0].customer, samples[1].customer)
    assert not np.array_equal(samples[0].customer, samples[2].customer)


def test_no_landmark_without_visits() -> None:
    history = history_of([[]])
    days = landmark_days(history.first, START, 28, 7)
    assert landmark_rows(history, days, 100, 1).customer.size == 0


def test_past_landmarks_have_seen_a_first_bin_and_are_not_too_long_ago() -> None:
    days = past_landmarks(history_of([[START - 9000]]), START, Bins((7, 28)), 7)
    assert (days.max(), days.min()) == (START - 7, START - LONGEST_PAST)
    seen = seen_whole(days, START, Bins((7, 28)))
    np.testing.assert_array_equal(seen, np.stack([days <= START - 7, days <= START - 28], axis=1))
