from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sales.data.build import build_panel
from models.sales.data.calendar import Calendar
from models.sales.data.gaps import MissingPeriodError
from models.sales.data.panel import SalesPanel
from models.sales.settings import SalesSettings
from nightcast.errors import InputError
from tests.models.sales.reference import day, text

SETTINGS = SalesSettings()
START = day("2024-01-01")  # a Monday


def panel(rows: list[tuple[int, int, float]], as_of: int, count: int = 0, **options: Any) -> SalesPanel:
    series, days, values = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    options = {"settings": SETTINGS, "frequency": "D", **options}
    return build_panel(series, days, values, count or max([*series, 0]) + 1, as_of, **options)


rows_strategy = st.lists(
    st.tuples(st.integers(0, 3), st.integers(START, START + 40), st.sampled_from([0.0, 1.0, 2.5, -3.0, math.nan])),
    max_size=60,
)


@given(rows=rows_strategy, as_of=st.integers(START - 2, START + 50), missing=st.sampled_from(["zero", "unknown"]))
def test_cells_agree_with_a_dictionary(rows: list[tuple[int, int, float]], as_of: int, missing: str) -> None:
    built = panel(rows, as_of, 4, missing=missing, duplicates="greatest")
    known = [row for row in rows if row[1] < as_of]
    cells: dict[tuple[int, int], float] = {}
    for series, number, value in known:  # the greatest known value
        before = cells.get((series, number), math.nan)
        cells[series, number] = value if math.isnan(before) else np.fmax(before, value)
    assert built.merged == len(known) - len(cells)
    assert built.end == as_of
    numbers = [number for _, number in cells]
    weekdays = [number % 7 for number in range(min(numbers), max(numbers) + 1)] if cells else []
    for series in range(4):
        own = [number for code, number in cells if code == series]
        for column in range(built.length):
            number = built.first_ordinal + column
            shut = weekdays.count(number % 7) >= 4 and number % 7 not in {one % 7 for one in numbers}
            absent = math.nan
            if own and min(own) <= number <= max(numbers) and (missing == "zero" or shut):
                absent = 0.0
            expected = cells.get((series, number), absent)
            assert built.values[series, column] == pytest.approx(expected, nan_ok=True)
        assert built.observations[series] == sum(not math.isnan(cells[series, number]) for number in own)
        assert built.last_day[series] == max(own, default=-1)


@given(rows=rows_strategy, later=rows_strategy, as_of=st.integers(START, START + 40))
def test_nothing_from_the_as_of_on_changes_anything(
    rows: list[tuple[int, int, float]], later: list[tuple[int, int, float]], as_of: int
) -> None:
    before = [row for row in rows if row[1] < as_of]
    after = [(series, number + as_of - START, value) for series, number, value in later]
    options = {"frequency": "auto", "duplicates": "sum"}
    plain, mixed = (panel(chosen, as_of, 4, **options) for chosen in (before, [*after, *before]))
    np.testing.assert_array_equal(plain.values, mixed.values)
    np.testing.assert_array_equal(plain.has_row, mixed.has_row)
    assert plain.calendar == mixed.calendar
    assert plain.rows == mixed.rows
    assert plain.off_calendar == mixed.off_calendar


def test_the_incomplete_period_is_left_out() -> None:
    rows = [(0, day(f"2024-{month:02d}-01"), float(month)) for month in range(1, 7)]
    built = panel(rows, day("2024-06-20"), frequency="auto")
    assert built.calendar.frequency == "MS"
    assert built.values.tolist() == [[1, 2, 3, 4, 5]]
    assert text(int(built.step_days[0])) == "2024-06-01"
    assert text(built.data_through) == "2024-05-31"
    assert panel(rows, day("2024-07-01"), frequency="auto").length == 6


def test_a_week_that_ends_on_the_day_before_the_as_of_is_known() -> None:
    rows = [(0, day("2024-01-07") + 7 * week, 1.0) for week in range(4)]  # Sundays
    assert panel(rows, day("2024-01-28"), frequency="W").length == 3
    assert panel(rows, day("2024-01-29"), frequency="W").length == 4


@pytest.mark.parametrize(
    ("frequency", "as_of", "step_one"),
    [
        ("WS-SUN", "2026-10-29", "2026-10-25"),
        ("W-SUN", "2026-10-29", "2026-11-01"),
        ("WS-SAT", "2027-01-01", "2026-12-26"),  # a week of two years
        ("W-FRI", "2027-01-01", "2027-01-01"),
        ("BMS", "2026-11-01", "2026-11-02"),  # a Sunday
        ("BME", "2026-10-31", "2026-10-30"),  # a Saturday, after the label of its month
        ("ME", "2026-10-31", "2026-10-31"),
        ("QS-FEB", "2026-10-31", "2026-08-01"),
        ("BQE", "2026-10-01", "2026-12-31"),
        ("YE-APR", "2026-03-31", "2026-03-31"),  # ends in March
        ("YS-APR", "2026-03-31", "2025-04-01"),
        ("BYE", "2028-12-31", "2028-12-29"),
    ],
)
def test_step_one_is_the_period_that_is_not_over(frequency: str, as_of: str, step_one: str) -> None:
    calendar, today = Calendar(frequency), day(as_of)
    current = int(calendar.ordinal(today))
    rows = [(0, int(calendar.label(current + number)), 1.0) for number in range(-8, 2)]
    built = panel(rows, today, frequency=frequency)
    assert text(int(built.step_days[0])) == step_one
    assert built.values.tolist() == [[1.0] * 8]
    assert built.off_calendar == 0


def test_a_setting_that_hardly_any_row_follows_is_refused() -> None:
    rows = [(0, START + number, 1.0) for number in range(100)]
    with pytest.raises(InputError, match="15 of the 100"):
        panel(rows, START + 100, frequency="W-MON")


def test_duplicates_are_resolved_as_asked() -> None:
    rows = [(0, START, 1.0), (0, START + 1, 5.0), (0, START, 2.0), (1, START, math.nan), (1, START, math.nan)]
    for policy, expected in {"greatest": [2, 5], "sum": [3, 5], "mean": [1.5, 5]}.items():
        merged = panel(rows, START + 2, duplicates=policy)
        assert merged.values[0].tolist() == expected
        assert math.isnan(merged.values[1, 0])
        assert (merged.merged, merged.conflicts) == (2, 1)
    with pytest.raises(InputError, match="2024-01-01"):
        panel(rows, START + 2, duplicates="error")


def test_identical_rows_count_once_and_a_few_different_ones_do_no_harm() -> None:
    rows = [(series, START + place, float(place)) for series in range(2) for place in range(100)]
    once = panel(rows, START + 100)
    twice = panel([*rows, *rows, (0, START + 5, math.nan), (1, START + 7, 9.0)], START + 100)
    assert (once.merged, once.conflicts) == (0, 0)
    assert (twice.merged, twice.conflicts) == (202, 1)
    once.values[1, 7] = 9.0
    np.testing.assert_array_equal(once.values, twice.values)


def test_order_lines_are_refused_unless_they_are_to_be_added() -> None:
    rows = [(0, START + place, value) for place in range(60) for value in (3.0, 5.0)]
    with pytest.raises(InputError, match="3 and 5 on 2024-01-01") as caught:
        panel(rows, START + 60)
    assert 'duplicates = "sum"' in caught.value.remedy
    assert set(panel(rows, START + 60, duplicates="sum").values[0]) == {8.0}


def test_many_rows_of_one_value_a_day_are_order_lines_too() -> None:
    rows = [(0, START + place, 1.0) for place in range(60) for _ in range(9)]
    with pytest.raises(InputError, match="540 sales rows have only 60") as caught:
        panel(rows, START + 60)
    assert 'duplicates = "sum"' in caught.value.remedy
    assert set(panel(rows, START + 60, duplicates="sum").values[0]) == {9.0}
    assert set(panel(rows, START + 60, duplicates="greatest").values[0]) == {1.0}


@given(
    rows=rows_strategy, random=st.randoms(use_true_random=False), policy=st.sampled_from(["sum", "mean", "greatest"])
)
def test_the_order_of_the_rows_never_matters(rows: list[tuple[int, int, float]], random: Any, policy: str) -> None:
    ordered = panel(rows, START + 50, 4, duplicates=policy)
    random.shuffle(rows)
    np.testing.assert_array_equal(panel(rows, START + 50, 4, duplicates=policy).values, ordered.values)


def test_an_as_of_far_beyond_the_last_row_is_refused_before_it_fills_the_memory() -> None:
    rows = [(0, START + number, 1.0) for number in range(60)]
    with pytest.raises(InputError, match="2024-02-29, 76 years") as caught:
        panel(rows, day("2100-01-01"))
    assert "--as-of near 2024-02-29" in caught.value.remedy
    assert panel(rows, START + 60 + 3_000).length == 3_060
    assert panel([(0, day("1900-01-01"), 1.0), *rows], START + 60).length <= 1_826


def test_rows_off_the_calendar_are_counted_and_left_out() -> None:
    rows = [(0, START + 7 * week, 1.0) for week in range(10)]
    built = panel([*rows, (0, START + 3, 9.0)], START + 100, frequency="auto")
    assert (built.calendar.frequency, built.off_calendar, built.rows) == ("W-MON", 1, 10)
    assert np.nanmax(built.values) == 1.0
    with pytest.raises(InputError, match="frequency"):
        panel(rows, START + 100, frequency="W-FRI")


def test_auto_reads_gaps_by_how_many_there_are() -> None:
    dense = [(0, START + number, 1.0) for number in range(60) if number != 30]
    sparse = [(1, START + number, 1.0) for number in range(60) if number % 3 == 0]
    built = panel([*dense, *sparse], START + 60)
    assert built.intermittent.tolist() == [False, True]
    assert math.isnan(built.values[0, 30])
    assert built.values[1, 31] == 0.0


def test_a_weekday_without_any_row_is_closed_whatever_missing_says() -> None:
    rows = [(0, START + number, 1.0) for number in range(56) if number % 7 != 5]
    for missing in ("auto", "zero", "unknown", "error"):
        built = panel(rows, START + 56, missing=missing)
        assert built.closed.tolist() == [False] * 5 + [True, False]
        assert built.values[0, 5] == 0.0
    assert built.closed_steps(7).tolist() == [False] * 5 + [True, False]


def test_a_missing_row_names_series_and_period() -> None:
    rows = [(series, START + number, 1.0) for series in range(3) for number in range(9) if (series, number) != (2, 4)]
    with pytest.raises(MissingPeriodError, match="2024-01-05") as caught:
        panel(rows, START + 9, missing="error")
    assert caught.value.series == 2


def test_after_the_sources_end_everything_is_unknown() -> None:
    built = panel([(0, START, 1.0), (0, START + 9, 1.0)], START + 20, missing="zero")
    assert built.values.shape == (1, 20)
    assert built.values[0, :10].tolist() == [1, *[0] * 8, 1]
    assert np.isnan(built.values[0, 10:]).all()


def test_old_history_is_cut_but_counted() -> None:
    rows = [(0, START, 5.0), (1, START + 100, 1.0)]
    built = panel(rows, START + 101, history=10)
    assert built.values.shape == (2, 10)
    assert built.observations.tolist() == [1, 1]
    assert text(int(built.last_day[0])) == "2024-01-01"


def test_looking_back_forgets_what_came_later() -> None:
    rows = [(series, START + number, float(number)) for series in range(2) for number in range(20) if number % 5]
    past = panel(rows, START + 20, missing="unknown").before(START + 10)
    fresh = panel(rows, START + 10, missing="unknown")
    np.testing.assert_array_equal(past.values[:, -9:], fresh.values)
    np.testing.assert_array_equal(past.observations, fresh.observations)
    np.testing.assert_array_equal(past.last_row, fresh.last_row)
    assert (past.end, past.data_through) == (fresh.end, fresh.data_through)


def test_without_rows_there_is_an_empty_panel() -> None:
    built = panel([], START, 3)
    assert built.values.shape == (3, 0)
    assert built.last_day.tolist() == [-1, -1, -1]
    assert built.data_through == -1
