"""Visits from files, generated and published, and the windows that they make."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightcast.errors import InputError
from studies.intervals.data import read, read_file
from studies.intervals.generated import FIRST_DAY, customer_base
from studies.intervals.settings import Settings, WindowSettings
from studies.intervals.visits import Visits
from studies.intervals.windows import Intervals, Splits
from studies.intervals.words import EXAMPLE, example

shops = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 400)), max_size=40)


def intervals_of(shop: list[tuple[int, int]]) -> list[list[int]]:
    """Of each customer, slowly."""
    customers = sorted({customer for customer, _ in shop})
    days = [sorted(day for one, day in shop if one == customer) for customer in customers]
    return [[later - earlier for earlier, later in pairwise(visits)] for visits in days]


def test_the_published_visits_give_the_published_intervals() -> None:
    """The last pair is 53 days and 17 hours apart: calendar days are counted."""
    assert example().intervals.tolist() == [0, 44, 18, 0, 54]


def test_a_file_of_the_published_visits_gives_the_same(tmp_path: Path) -> None:
    rows = [f"007,{moment}" for moment in reversed(EXAMPLE)]
    (tmp_path / "visits.csv").write_text("\n".join(["who,at", *rows, "7,2015-01-01T23:59:59+09:00", "7,2015-01-03"]))
    found = read_file(tmp_path / "visits.csv", "who", "at")
    assert found.customers == 2
    assert found.intervals.tolist() == [0, 44, 18, 0, 54, 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "There is no file"),
        ("", "cannot be read as CSV"),
        ("customer_id,day\n1,2015-01-01\n", "has no column 'visited_at', only 'customer_id', 'day'"),
        ("customer_id,visited_at\n1,2015-01-01\n,2015-01-02\n", "Line 3 of .* has no customer_id"),
        ("customer_id,visited_at\n1,2015-01-01\n1,2015-02-30\n", "no date that can be read in line 3"),
        ("customer_id,visited_at\n1,\n", "no date that can be read in line 2"),
    ],
)
def test_what_is_wrong_with_a_file_is_named(tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / "visits.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        read(study({"file": "visits.csv"}), tmp_path)


def study(visits: dict[str, object]) -> Settings:
    configurations = [{"name": "one", "model": "most_frequent_bin"}]
    return Settings.model_validate(
        {"kind": "intervals", "name": "x", "visits": visits, "configurations": configurations}
    )


def test_visits_of_the_database_are_left_to_the_caller(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="in the database"):
        read(study({"database": True}), tmp_path)


@given(shops)
def test_intervals_are_those_of_each_customer(shop: list[tuple[int, int]]) -> None:
    visits = Visits.from_rows([one for one, _ in shop], [day for _, day in shop])
    assert visits.intervals.tolist() == [days for own in intervals_of(shop) for days in own]
    assert visits.customers == len({one for one, _ in shop})


def test_generated_customers_are_the_same_for_a_seed_and_differ_between_seeds(tmp_path: Path) -> None:
    source = {"generate": "customer_base", "customers": 40, "days": 400, "seed": 3}
    first, again, other = read(study(source), tmp_path), customer_base(40, 400, 3), customer_base(40, 400, 4)
    np.testing.assert_array_equal(first.day, again.day)
    assert first.day.tolist() != other.day.tolist()
    assert first.customers == 40
    assert first.day.min() >= FIRST_DAY
    assert first.day.max() < FIRST_DAY + 400


def test_some_generated_customers_are_regular_some_are_not_and_some_get_slower() -> None:
    visits = customer_base(2000, 3000, 1)
    pauses = np.split(visits.day, np.flatnonzero(np.diff(visits.customer)) + 1)
    longer = [own[own > 0] for own in (np.diff(days) for days in pauses) if (own > 0).sum() >= 7]
    assert 0.03 < (visits.intervals == 0).mean() < 0.08
    spreads = np.array([own.std() / own.mean() for own in longer])
    slower = np.array([own[-3:].mean() > 2.5 * own[:3].mean() for own in longer])
    assert 0.35 < (spreads < 0.4).mean() < 0.6
    assert 0.15 < slower.mean() < 0.35
    assert (spreads[~slower] > 0.7).mean() > 0.2


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
        with pytest.raises(InputError, match=re.escape(f"Only {len(expected)} intervals have {before} others")):
            Intervals.of(visits, windows)
    many = [(copy * 6 + one, day) for copy in range(50) for one, day in shop]
    if not expected:
        return
    found = Intervals.of(Visits.from_rows(*np.array(many).T), windows)
    assert found.days.tolist() == [days for days, _ in expected] * 50
    assert found.bins.tolist() == [(days >= 10) + (days >= 50) for days, _ in expected] * 50
    inputs = found.inputs(look_back)[: len(expected)]
    for row, (_, own) in zip(inputs, expected, strict=True):
        missing = look_back - len(own)
        assert row[:, 0].tolist() == [0.0] * missing + [1.0] * len(own)
        np.testing.assert_allclose(row[:, 1], np.log1p([0] * missing + own) / 4, rtol=1e-6)


def test_bins_have_names_and_windows_a_limit() -> None:
    visits = Visits.from_rows([0] * 90, range(0, 900, 10))
    found = Intervals.of(visits, WindowSettings(most=60))
    assert found.labels == ["0-39", "40-59", "60-79", "80-99", "100 or more"]
    assert found.days.size == 60


@given(st.integers(50, 200), st.floats(0.05, 0.9), st.integers(1, 4), st.integers(0, 99))
def test_each_repeat_parts_the_windows_anew(total: int, share: float, repeats: int, seed: int) -> None:
    splits = Splits.draw(total, share, repeats, seed)
    assert splits.test.shape == (repeats, int(total * share))
    for train, test in zip(splits.train, splits.test, strict=True):
        assert sorted([*train, *test]) == list(range(total))
    assert len({tuple(row) for row in splits.test.tolist()}) == repeats
    np.testing.assert_array_equal(splits.test, Splits.draw(total, share, repeats, seed).test)


def test_candidates_are_compared_on_training_windows_alone() -> None:
    splits = Splits.draw(100, 0.2, 5, 1)
    inner = splits.within(0.25)
    assert inner.test.shape == (5, 20)
    for outer, train, watched in zip(splits.train, inner.train, inner.test, strict=True):
        assert sorted([*train, *watched]) == sorted(outer)
