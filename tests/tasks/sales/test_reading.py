"""Reading sales: unreadable values, rejected series, and periods as labels."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from nightcast.values import Product, to_day
from sql.engine import Database
from tasks.night import Night, SourceRows
from tests.tasks.nights import (
    CLOCK,
    NOT_A_DATE,
    fill_sales,
    read_of,
    rejected,
    used,
)

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def sales(database: Database, **options: Any) -> tuple[Night, SourceRows]:
    return read_of(database, Product.SALES, **options)


def test_a_sales_row_with_an_unreadable_value_stays_as_unknown(database: Database) -> None:
    fill_sales(
        database,
        ("s", "2024-05-01", "1.5"),
        ("s", "2024-05-02", "x"),
        ("s", "2024-05-03", None),
        ("s", "2024-05-04", ""),
        ("s", "2024-05-05", "NaN"),
        ("s", "2024-05-06", "-inf"),
        ("s", "2024-05-07", "-2"),
        ("s", "2024-05-08", "1.1e15"),
        ("s", "2024-05-09", "1e15"),
    )
    night, rows = sales(database)
    expected = [1.5, None, None, None, None, None, -2.0, None, 1e15]
    assert used(rows) == [("s", f"2024-05-0{day}", value) for day, value in enumerate(expected, 1)]
    assert rejected(night) == {"value is not a number up to 1e15": 3}


@on_sqlite
def test_a_series_whose_rows_are_all_rejected_is_still_a_series(database: Database) -> None:
    fill_sales(database, ("b", "soon", "1"), ("b", None, "1"), ("a", "2024-05-01", "1"), (None, "2024-05-01", "1"))
    night, rows = sales(database)
    assert rows.ids.to_pylist() == ["a", "b"]
    assert used(rows) == [("a", "2024-05-01", 1.0)]
    assert rejected(night) == {NOT_A_DATE: 2, "no series": 1}


@on_sqlite
def test_sales_after_the_clock_are_left_to_the_calendar(database: Database) -> None:
    fill_sales(
        database, ("s", "2024-05-01", "1"), ("s", "2024-06-30", "1"), ("t", "2024-06-30", "1"), ("s", "2030-01-01", "1")
    )
    night, rows = sales(database)
    assert dict(rows.future) == {to_day(datetime.date(2024, 6, 30)): 2, to_day(datetime.date(2030, 1, 1)): 1}
    assert rejected(night) == {}
    assert used(rows) == [("s", "2024-05-01", 1.0)]


def test_no_time_zone_moves_a_period(database: Database) -> None:
    fill_sales(database, ("s", "2024-05-01 00:00:00", "1"), ("s", "2024-05-02", "1"), ("s", "2024-05-31", "1"))
    for zone in ("America/New_York", "Pacific/Auckland", "UTC"):
        _, rows = sales(database, timezone=zone, clock=CLOCK)
        assert [period for _, period, _ in used(rows)] == ["2024-05-01", "2024-05-02", "2024-05-31"], zone
