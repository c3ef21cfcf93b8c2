"""Counting the visits of a source: by local day, by group, and those that are booked."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from nightcast.errors import InputError
from nightcast.values import Product
from sql.engine import Database
from sql.settings import VisitSource
from tasks.night import Night, SourceRows
from tasks.visit_counts.reading import MOST_VALUES
from tests.tasks.nights import NOT_A_DATE, fill_visits, read_of, rejected, rows_of, used

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])

BY_STORE = VisitSource(groups=("store",))
BOOKED = VisitSource(groups=("store",), future="known")


def fill_grouped(database: Database, *rows: tuple[str, str, str | None]) -> None:
    """The table of visits: customer, moment and store."""
    names = ("customer_id", "visited_at", "store")
    table = sa.Table("visits", sa.MetaData(), *(sa.Column(name, sa.Text) for name in names))
    with database.write() as connection:
        table.create(connection)
        connection.execute(sa.insert(table), [dict(zip(names, row, strict=True)) for row in rows])


def counts(database: Database, source: VisitSource, **options: Any) -> tuple[Night, SourceRows]:
    return read_of(database, Product.VISIT_COUNTS, visits=source, **options)


def booked(rows: SourceRows) -> list[tuple[str, str, float]]:
    assert rows.bookings is not None
    days = [str(datetime.date(1970, 1, 1) + datetime.timedelta(days=int(day))) for day in rows.bookings.day]
    return list(zip(rows.bookings.ids.to_pylist(), days, rows.bookings.value.tolist(), strict=True))


def test_a_customer_counts_once_a_day_and_in_each_group(database: Database) -> None:
    fill_grouped(
        database,
        ("a", "2024-05-01 09:00", "north"),
        ("a", "2024-05-01 10:00", "north"),
        ("a", "2024-05-01 11:00", "south"),
        ("b", "2024-05-01", "north"),
        ("c", "2024-05-02", None),
        ("d", "2024-05-02", ""),
        ("e", "tomorrow", "north"),
    )
    night, rows = counts(database, BY_STORE)
    assert sorted(used(rows)) == [
        ("all", "2024-05-01", 2),
        ("all", "2024-05-02", 2),
        ("store unknown", "2024-05-02", 2),
        ("store=north", "2024-05-01", 2),
        ("store=south", "2024-05-01", 1),
    ]
    assert rejected(night) == {NOT_A_DATE: 1}
    assert rows.rows_read == 7


def test_days_are_those_of_the_shop(database: Database) -> None:
    fill_visits(database, ("a", "2024-05-01T23:30:00+00:00", None), ("b", "2024-05-01T21:30:00+00:00", None))
    rows = counts(database, VisitSource(), timezone="Europe/Zurich")[1]
    assert used(rows) == [("all", "2024-05-01", 1), ("all", "2024-05-02", 1)]


@on_sqlite
def test_excluded_customers_do_not_count(database: Database) -> None:
    fill_visits(database, ("a", "2024-05-01", None), ("walk-in", "2024-05-01", None))
    assert used(counts(database, VisitSource(exclude_customers=("walk-in",)))[1]) == [("all", "2024-05-01", 1)]


def test_bookings_are_rows_after_the_clock(database: Database) -> None:
    fill_grouped(
        database,
        ("a", "2024-05-01", "north"),
        ("a", "2024-06-01 11:00", "north"),  # between the as-of and the clock
        ("a", "2024-06-01 18:00", "north"),
        ("b", "2024-06-02", "fair"),
        ("b", "2024-06-02 10:00", "fair"),
        ("c", "2034-06-02", "north"),
    )
    night, rows = counts(database, BOOKED)
    assert used(rows) == [("all", "2024-05-01", 1), ("store=north", "2024-05-01", 1)]
    assert sorted(booked(rows)) == [
        ("all", "2024-06-01", 1),
        ("all", "2024-06-02", 1),
        ("store=fair", "2024-06-02", 1),
        ("store=north", "2024-06-01", 1),
    ]
    assert "store=fair" in rows.ids.to_pylist()
    assert rejected(night) == {"booked more than two years ahead": 1}


@on_sqlite
def test_a_night_of_a_past_as_of_knows_no_bookings(database: Database) -> None:
    fill_grouped(database, ("a", "2024-05-01", "north"), ("a", "2024-06-03", "north"))
    night, rows = counts(database, BOOKED, as_of=datetime.date(2024, 5, 31))
    assert rows.bookings is None
    assert rejected(night) == {}


@on_sqlite
def test_rows_after_the_clock_are_rejected_by_default(database: Database) -> None:
    fill_grouped(database, ("a", "2024-05-01", "north"), ("a", "2024-06-03", "north"))
    night, rows = counts(database, BY_STORE)
    assert rows.bookings is None
    assert rejected(night) == {"after the clock": 1}


@on_sqlite
def test_a_group_of_too_many_values_is_refused(database: Database) -> None:
    fill_grouped(database, *((str(number), "2024-05-01", str(number)) for number in range(MOST_VALUES + 1)))
    with pytest.raises(InputError, match="more than 1000 different values"):
        counts(database, BY_STORE)


@on_sqlite
def test_several_groups_count_side_by_side(database: Database) -> None:
    fill_visits(database, ("a", "2024-05-01", "x"), ("b", "2024-05-01", "y"), ("b", "2024-05-01", "x"))
    night, _ = counts(database, VisitSource(groups=("amount", "customer_id")))
    assert {(name, count) for name, _, count in used(rows_of(night))} == {
        ("all", 2),
        ("amount=x", 2),
        ("amount=y", 1),
        ("customer_id=a", 1),
        ("customer_id=b", 1),
    }


@on_sqlite
def test_a_group_that_is_no_column_is_refused(database: Database) -> None:
    fill_visits(database, ("a", "2024-05-01", None))
    with pytest.raises(InputError, match="'store'"):
        counts(database, BY_STORE)
