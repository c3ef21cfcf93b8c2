"""Reading the sources: which rows are used, which are ignored, and which are counted with a reason."""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tasks.reading.extract import extract_sales, extract_visits

import sql.source.reading
from nightcast.errors import InputError
from nightcast.values import Product, to_date, to_day
from sql.engine import Database
from sql.settings import SalesColumns, SalesSource, VisitColumns, VisitSource
from tasks.check import check_source
from tasks.night import Night
from tests.tasks.nights import CLOCK, fill_sales, fill_visits, night_of

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def visits(database: Database, **options: Any) -> Night:
    night = night_of(database, Product.NEXT_VISIT, **options)
    extract_visits(night)
    return night


def sales(database: Database, **options: Any) -> Night:
    night = night_of(database, Product.SALES, **options)
    extract_sales(night)
    return night


def used(night: Night) -> list[tuple[str, str, float | None]]:
    """The rows as people would write them."""
    rows = night.rows
    assert rows is not None
    ids = rows.ids.to_pylist()
    return [
        (ids[code], str(to_date(day)), None if math.isnan(value) else value)
        for code, day, value in zip(rows.code, rows.day, rows.value, strict=True)
    ]


def rejected(night: Night) -> dict[str, int]:
    return {entry.reason: entry.rows for entry in night.rejections}


def example(night: Night) -> str:
    (entry,) = night.rejections
    return entry.example


NOT_A_DATE = "not a date or timestamp (ISO 8601)"


def test_visits_of_many_kinds(database: Database) -> None:
    fill_visits(
        database,
        ("00001", "2024-05-01 10:00:00", "1.5"),
        (" 1", "2024-05-02", ""),
        ("1", "2024-05-03T10:00:00+02:00", None),
        (None, "2024-05-03", "1"),
        ("", "2024-05-03", "1"),
        ("顧客", "2024-05-04", "x"),
        ("a", "yesterday", "1"),
        ("a", None, "1"),
        ("a", "2024-06-01 12:00:01", "1"),
        ("a", "2024-06-01 11:59:59", "1"),
        ("b", "2024-05-05", "NaN"),
        ("b", "2024-05-06", "inf"),
    )
    night = visits(database)
    assert used(night) == [
        ("00001", "2024-05-01", 1.5),
        (" 1", "2024-05-02", None),
        ("1", "2024-05-03", None),
        ("顧客", "2024-05-04", None),
        ("b", "2024-05-05", None),
        ("b", "2024-05-06", None),
    ]
    assert rejected(night) == {
        "no customer": 2,
        NOT_A_DATE: 2,
        "after the clock": 1,
        "amount is not a finite number": 3,
    }
    assert night.facts["rows_read"] == 12
    assert night.facts["rows_rejected"] == 8


@on_sqlite
def test_identifiers_are_coded_in_sorted_order(database: Database) -> None:
    fill_visits(database, *((name, "2024-05-01", None) for name in ("b", "a", "Z", "00001", "b", "é")))
    night = visits(database)
    assert night.rows is not None
    assert night.rows.ids.to_pylist() == ["00001", "Z", "a", "b", "é"]
    assert night.rows.code.tolist() == [3, 2, 1, 0, 3, 4]
    assert night.rows.code.dtype == np.int32


NAMES = st.sampled_from(["a", "b", "10", "9", "", "é", None])
ROWS = st.lists(st.tuples(NAMES, st.integers(1, 30).map(lambda day: f"2024-05-{day:02}"), st.integers(0, 9).map(str)))


@on_sqlite
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.randoms(use_true_random=False), st.integers(1, 5))
def test_neither_the_order_nor_the_batches_of_the_rows_matter(
    database: Database, rows: list[Any], random: Any, batch: int
) -> None:
    before, sql.source.reading.BATCH_ROWS = sql.source.reading.BATCH_ROWS, batch
    try:
        results = []
        for _ in range(2):
            with database.write() as connection:
                connection.exec_driver_sql("DROP TABLE IF EXISTS visits")
            fill_visits(database, *rows)
            night = visits(database)
            assert night.rows is not None
            results.append((night.rows.ids.to_pylist(), sorted(used(night)), rejected(night)))
            random.shuffle(rows)
    finally:
        sql.source.reading.BATCH_ROWS = before
    assert results[0] == results[1]
    assert results[0][0] == sorted({name for name, _, _ in rows if name})


@on_sqlite
def test_an_example_gives_nobody_away(database: Database) -> None:
    fill_visits(database, ("someone@example.org", "yesterday", "1"), ("other@example.org", "x", "1"))
    night = visits(database)
    assert example(night) == "customer s********g, yesterday"
    fill_sales(database, (None, None, "1"))
    assert example(sales(database)) == "series null, null"


def test_examples_show_moments_that_python_does_not_know(database: Database) -> None:
    moment = "20240-05-01" if database.dialect == "postgresql" else "9999-12-31"
    with database.write() as connection:
        connection.execute(sa.text("CREATE TABLE visits (customer_id TEXT, visited_at DATE)"))
        connection.execute(sa.text(f"INSERT INTO visits VALUES ('abc', '{moment}')"))
    night = visits(database)
    assert rejected(night) == {"after the clock": 1}
    assert example(night) == f"customer a*c, {moment}"


@on_sqlite
def test_excluded_customers_are_left_out_without_a_word(database: Database) -> None:
    fill_visits(database, ("guest", "2024-05-01", "1"), ("Guest", "2024-05-01", "1"), ("a", "2024-05-01", "1"))
    night = visits(database, visits=VisitSource(exclude_customers=("guest", "nobody")))
    assert [name for name, _, _ in used(night)] == ["Guest", "a"]
    assert night.rows is not None
    assert night.rows.ids.to_pylist() == ["Guest", "a"]
    assert rejected(night) == {}


@on_sqlite
def test_rows_from_the_as_of_on_are_ignored_without_a_word(database: Database) -> None:
    fill_visits(
        database, ("a", "2024-04-30 23:59:59", "1"), ("b", "2024-05-01 00:00:00", "1"), ("c", "2024-05-20", "1")
    )
    night = visits(database, as_of=datetime.date(2024, 5, 1))
    assert used(night) == [("a", "2024-04-30", 1.0)]
    assert night.rows is not None
    assert night.rows.ids.to_pylist() == ["a"]
    assert rejected(night) == {}


def test_what_is_read_stops_at_midnight_in_the_configured_zone(database: Database) -> None:
    fill_visits(
        database,
        ("before", "2024-05-31 21:59:59+00:00", None),  # 23:59:59 in Zurich
        ("after", "2024-05-31 22:00:00+00:00", None),  # midnight in Zurich
        ("naive before", "2024-05-31 17:59:59", None),  # New York, six hours behind Zurich
        ("naive after", "2024-05-31 18:00:00", None),
        ("date", "2024-05-31", None),
    )
    source = VisitSource(timezone="America/New_York")
    night = visits(database, timezone="Europe/Zurich", visits=source)
    assert sorted(name for name, _, _ in used(night)) == ["before", "date", "naive before"]
    assert rejected(night) == {}


@on_sqlite
def test_the_hours_of_a_clock_change_are_visits_like_any_other(database: Database) -> None:
    fill_visits(database, ("a", "2024-03-31 02:30:00", None), ("b", "2023-10-29 02:30:00", None))
    zurich = VisitSource(timezone="Europe/Zurich")
    assert used(visits(database, timezone="Europe/Zurich", visits=zurich)) == [
        ("a", "2024-03-31", None),
        ("b", "2023-10-29", None),
    ]


def test_visits_in_columns_of_the_databases_own_types(database: Database) -> None:
    with database.write() as connection:
        table = sa.Table(
            "visits",
            sa.MetaData(),
            sa.Column("customer_id", sa.Integer),
            sa.Column("visited_at", sa.DateTime),
            sa.Column("amount", sa.Numeric(10, 2)),
        )
        table.create(connection)
        moment = datetime.datetime(2024, 5, 1, 23, 30)
        rows = [{"customer_id": 7, "visited_at": moment, "amount": 1.25}]
        connection.execute(sa.insert(table), [*rows, rows[0] | {"customer_id": None, "amount": None}])
    night = visits(database)
    assert used(night) == [("7", "2024-05-01", 1.25)]
    assert rejected(night) == {"no customer": 1}


@on_sqlite
def test_the_amount_may_be_absent_unless_the_settings_name_it(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE visits (customer_id, visited_at)")
        connection.exec_driver_sql("INSERT INTO visits VALUES ('a', '2024-05-01')")
    assert used(visits(database)) == [("a", "2024-05-01", None)]
    named = VisitSource(columns=VisitColumns(amount="paid"))
    with pytest.raises(InputError, match="no column 'paid'"):
        visits(database, visits=named)


def test_an_empty_source_has_no_rows(database: Database) -> None:
    fill_visits(database)
    night = visits(database)
    assert used(night) == []
    assert night.rows is not None
    assert len(night.rows.ids) == 0
    assert night.facts["rows_read"] == 0


@on_sqlite
def test_a_source_of_rejected_rows_only_has_no_rows(database: Database) -> None:
    fill_visits(database, (None, "2024-05-01", "1"), ("a", "x", "1"))
    night = visits(database)
    assert used(night) == []
    assert night.rejections.rows == 2


@on_sqlite
def test_a_missing_source_is_said_before_anything_is_read(database: Database) -> None:
    for product, section in ((Product.NEXT_VISIT, "source.visits"), (Product.SALES, "source.sales")):
        with pytest.raises(InputError, match=section.replace(".", r"\.")):
            check_source(night_of(database, product))
    fill_sales(database)
    check_source(night_of(database, Product.SALES))
    with pytest.raises(InputError, match="no column 'shop'"):
        check_source(night_of(database, Product.SALES, sales=SalesSource(columns=SalesColumns(series_id="shop"))))


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
    )
    night = sales(database)
    expected = [1.5, None, None, None, None, None, -2.0]
    assert used(night) == [("s", f"2024-05-0{day}", value) for day, value in enumerate(expected, 1)]
    assert rejected(night) == {"value is not a finite number": 3}


@on_sqlite
def test_a_series_whose_rows_are_all_rejected_is_still_a_series(database: Database) -> None:
    fill_sales(database, ("b", "soon", "1"), ("b", None, "1"), ("a", "2024-05-01", "1"), (None, "2024-05-01", "1"))
    night = sales(database)
    assert night.rows is not None
    assert night.rows.ids.to_pylist() == ["a", "b"]
    assert used(night) == [("a", "2024-05-01", 1.0)]
    assert rejected(night) == {NOT_A_DATE: 2, "no series": 1}


@on_sqlite
def test_sales_after_the_clock_wait_for_the_calendars_word(database: Database) -> None:
    fill_sales(
        database, ("s", "2024-05-01", "1"), ("s", "2024-06-30", "1"), ("t", "2024-06-30", "1"), ("s", "2030-01-01", "1")
    )
    night = sales(database)
    assert night.rows is not None
    assert dict(night.rows.future) == {to_day(datetime.date(2024, 6, 30)): 2, to_day(datetime.date(2030, 1, 1)): 1}
    assert rejected(night) == {}
    assert used(night) == [("s", "2024-05-01", 1.0)]


def test_no_time_zone_moves_a_period(database: Database) -> None:
    fill_sales(database, ("s", "2024-05-01 00:00:00", "1"), ("s", "2024-05-02", "1"), ("s", "2024-05-31", "1"))
    for zone in ("America/New_York", "Pacific/Auckland", "UTC"):
        night = sales(database, timezone=zone, clock=CLOCK)
        assert [period for _, period, _ in used(night)] == ["2024-05-01", "2024-05-02", "2024-05-31"], zone
