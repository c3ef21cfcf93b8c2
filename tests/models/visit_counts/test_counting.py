"""Customers of a day: each counts once, against a count that is slow."""

from __future__ import annotations

from collections import Counter

import numpy as np

from models.visit_counts.counting import count_visit_days


def test_each_customer_counts_once_a_day_in_each_group() -> None:
    random = np.random.default_rng(1)
    customer, group = random.integers(0, 9, 500), random.integers(0, 3, 500)
    day = random.integers(19_000, 19_020, 500)
    counts = count_visit_days(customer, day, group)
    slow = Counter((one, day) for one, day, _ in {*zip(group.tolist(), day.tolist(), customer.tolist(), strict=True)})
    ours = zip(counts.group.tolist(), counts.day.tolist(), strict=True)
    assert dict(zip(ours, counts.count.tolist(), strict=True)) == slow


def test_without_visits_there_is_nothing_to_count() -> None:
    counts = count_visit_days([], [], [])
    assert len(counts.group) == len(counts.day) == len(counts.count) == 0


def test_many_customers_days_and_groups_do_not_run_into_each_other() -> None:
    counts = count_visit_days([0, 4_000_000, 4_000_000], [-25_000, 75_000, 75_000], [0, 1_000, 999])
    assert counts.group.tolist() == [0, 999, 1_000]
    assert counts.day.tolist() == [-25_000, 75_000, 75_000]
    assert counts.count.tolist() == [1, 1, 1]
