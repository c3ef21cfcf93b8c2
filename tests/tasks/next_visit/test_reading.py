"""Reading visits: amounts, excluded customers, and columns of every type."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from nightcast.errors import InputError
from nightcast.values import Product
from sql.engine import Database
from sql.settings import VisitColumns, VisitSource
from tasks.night import Night, SourceRows
from tests.tasks.nights import (
    NOT_A_DATE,
    fill_visits,
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
        "amount is not a number up to 1e15": 4,
    }
    assert night.entry.rows_read == rows.rows_read == 13
    assert night.ledger_columns["rows_rejected"] == 9


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
