"""Reading visits: amounts, excluded customers, and columns of every type."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from nightcast.errors import InputError
from nightcast.values import Product, to_date
from sql.engine import Database
from sql.settings import VisitColumns, VisitSource
from tasks.next_visit.reading import next_bookings
from tasks.night import Night, SourceRows
from tests.tasks.nights import (
    NOT_A_DATE,
    fill_visits,
    prepared_of,
    read_of,
    rejected,
    used,
)

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def visits(database: Database, **options: Any) -> tuple[Night, SourceRows]:
    return read_of(database, Product.NEXT_VISIT, **options)


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
        ("b", "2024-05-07", "-1e16"),
    )
    night, rows = visits(database)
    assert used(rows) == [
        ("00001", "2024-05-01", 1.5),
        (" 1", "2024-05-02", None),
        ("1", "2024-05-03", None),
        ("顧客", "2024-05-04", None),
        ("b", "2024-05-05", None),
        ("b", "2024-05-06", None),
        ("b", "2024-05-07", None),
    ]
    assert rejected(night) == {
        "no customer": 2,
        NOT_A_DATE: 2,
        "after the clock": 1,
        "amount is not a number up to 1e15": 3,
    }
    assert night.entry.rows_read == rows.rows_read == 13
    assert night.ledger_columns["rows_rejected"] == 8


def test_a_customer_whose_name_no_table_can_hold_is_rejected_alone(database: Database) -> None:
    longest = "顧" * 255
    fill_visits(database, ("a", "2024-05-01", "1"), (longest, "2024-05-01", "1"), ("x" * 3000, "2024-05-01", "1"))
    night, rows = visits(database)
    assert [name for name, _, _ in used(rows)] == ["a", longest]
    assert rejected(night) == {"the customer has more than 255 characters": 1}
    assert next(iter(night.rejections)).example == "customer x********x, 2024-05-01"


@on_sqlite
def test_a_row_that_is_no_text_is_rejected_alone(database: Database) -> None:
    fill_visits(database, ("a", "2024-05-01", "1"), ("b", "2024-05-02", "2"))
    with database.write() as connection:
        connection.exec_driver_sql("INSERT INTO visits VALUES (CAST(X'4DFC' AS TEXT), '2024-05-01', 1)")
        connection.exec_driver_sql("INSERT INTO visits VALUES (X'61', '2024-05-01', 1), ('', '2024-05-01', 1)")
        connection.exec_driver_sql(
            "INSERT INTO visits VALUES ('c', CAST(X'FF' AS TEXT), 1), ('c', '2024-05-03', X'31')"
        )
    night, rows = visits(database)
    assert used(rows) == [("a", "2024-05-01", 1.0), ("b", "2024-05-02", 2.0), ("c", "2024-05-03", None)]
    assert rejected(night) == {
        "no customer": 1,
        "the customer is not UTF-8 text, or is a number too large for its column to hold exactly": 2,
        NOT_A_DATE: 1,
        "amount is not a number up to 1e15": 1,
    }


def test_a_guest_is_excluded_whatever_type_the_column_has(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE visits (customer_id DOUBLE PRECISION, visited_at DATE)")
        connection.exec_driver_sql("INSERT INTO visits VALUES (0, '2024-05-01'), (17850, '2024-05-01')")
    _, rows = visits(database, visits=VisitSource(exclude_customers=("0",)))
    assert used(rows) == [("17850", "2024-05-01", None)]


def test_excluded_numbers_are_compared_exactly(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE visits (customer_id BIGINT, visited_at DATE)")
        rows = ", ".join(f"({number}, '2024-05-01')" for number in (2**53, 2**53 + 1))
        connection.exec_driver_sql(f"INSERT INTO visits VALUES {rows}")
    _, read = visits(database, visits=VisitSource(exclude_customers=(str(2**53), "9999999999999999999")))
    assert used(read) == [(str(2**53 + 1), "2024-05-01", None)]


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_an_amount_that_no_double_holds_is_unknown(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE visits (customer_id TEXT, visited_at DATE, amount NUMERIC)")
        connection.exec_driver_sql("INSERT INTO visits VALUES ('a', '2024-05-01', 1e400), ('b', '2024-05-01', 2)")
    night, rows = visits(database)
    assert used(rows) == [("a", "2024-05-01", None), ("b", "2024-05-01", 2.0)]
    assert rejected(night) == {"amount is not a number up to 1e15": 1}


@on_sqlite
def test_excluded_customers_are_left_out(database: Database) -> None:
    fill_visits(database, ("guest", "2024-05-01", "1"), ("Guest", "2024-05-01", "1"), ("a", "2024-05-01", "1"))
    night, rows = visits(database, visits=VisitSource(exclude_customers=("guest", "nobody")))
    assert [name for name, _, _ in used(rows)] == ["Guest", "a"]
    assert rows.ids.to_pylist() == ["Guest", "a"]
    assert rejected(night) == {}


@on_sqlite
def test_the_hours_of_a_clock_change_are_visits_like_any_other(database: Database) -> None:
    fill_visits(database, ("a", "2024-03-31 02:30:00", None), ("b", "2023-10-29 02:30:00", None))
    zurich = VisitSource(timezone="Europe/Zurich")
    assert used(visits(database, timezone="Europe/Zurich", visits=zurich)[1]) == [
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
        visit = {"customer_id": 7, "visited_at": moment, "amount": 1.25}
        connection.execute(sa.insert(table), [visit, visit | {"customer_id": None, "amount": None}])
    night, rows = visits(database)
    assert used(rows) == [("7", "2024-05-01", 1.25)]
    assert rejected(night) == {"no customer": 1}


@on_sqlite
def test_the_amount_may_be_absent_unless_the_settings_name_it(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE visits (customer_id, visited_at)")
        connection.exec_driver_sql("INSERT INTO visits VALUES ('a', '2024-05-01')")
    assert used(visits(database)[1]) == [("a", "2024-05-01", None)]
    named = VisitSource(columns=VisitColumns(amount="paid"))
    with pytest.raises(InputError, match="paid"):
        visits(database, visits=named)


def test_rows_after_the_clock_are_bookings_where_the_settings_say_so(database: Database) -> None:
    fill_visits(
        database,
        ("a", "2024-05-01", "1"),
        ("b", "2024-05-02", "1"),
        ("excluded", "2024-05-02", "1"),
        ("a", "2024-06-05", None),
        ("a", "2024-06-03", None),
        ("new", "2024-06-02", None),
        ("new", "2024-06-03", None),
        ("excluded", "2024-06-03", None),
        ("b", "9999-12-31", None),
    )
    night, rows = visits(database, visits=VisitSource(future="known", exclude_customers=("excluded",)))
    assert rows.bookings is not None
    days = next_bookings(rows.bookings, rows.ids)
    assert [to_date(int(day)) if day == day else None for day in days] == [datetime.date(2024, 6, 3), None]
    assert rejected(night) == {"booked more than two years ahead": 1}
    prepared_of(night)
    assert any("1 customer with a booking, but no visit" in note for note in night.notes)


@on_sqlite
def test_without_bookings_to_know_nobody_has_one(database: Database) -> None:
    fill_visits(database, ("a", "2024-05-01", "1"), ("a", "2024-06-05", None))
    night, rows = visits(database)
    assert rejected(night) == {"after the clock": 1}
    assert np.isnan(next_bookings(rows.bookings, rows.ids)).all()
