"""Reading the sources: which rows are used, which are ignored, and which are counted with a reason."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sql.source.reading
from nightcast.values import Product, to_day
from sql.engine import Database
from sql.settings import VisitSource
from tasks.night import Night, SourceRows
from tests.tasks.nights import fill_sales, fill_visits, read_of, rejected, used

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def visits(database: Database, **options: Any) -> tuple[Night, SourceRows]:
    return read_of(database, Product.NEXT_VISIT, **options)


def sales(database: Database, **options: Any) -> tuple[Night, SourceRows]:
    return read_of(database, Product.SALES, **options)


def example(night: Night) -> str:
    (entry,) = night.rejections
    return entry.example


@on_sqlite
def test_identifiers_are_coded_in_sorted_order(database: Database) -> None:
    fill_visits(database, *((name, "2024-05-01", None) for name in ("b", "a", "Z", "00001", "b", "é")))
    _, rows = visits(database)
    assert rows.ids.to_pylist() == ["00001", "Z", "a", "b", "é"]
    assert sorted(rows.code.tolist()) == [0, 1, 2, 3, 3, 4]
    assert rows.code.dtype == np.int32


NAMES = st.sampled_from(["a", "b", "10", "9", "", "é", None])
ROWS = st.lists(st.tuples(NAMES, st.integers(1, 30).map(lambda day: f"2024-05-{day:02}"), st.integers(0, 9).map(str)))


@on_sqlite
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.randoms(use_true_random=False), st.integers(1, 5))
def test_neither_the_order_nor_the_batches_of_the_rows_matter(
    database: Database, table: list[Any], random: Any, batch: int
) -> None:
    before, sql.source.reading.BATCH_ROWS = sql.source.reading.BATCH_ROWS, batch
    try:
        results = []
        for _ in range(2):
            with database.write() as connection:
                connection.exec_driver_sql("DROP TABLE IF EXISTS visits")
            fill_visits(database, *table)
            night, rows = visits(database)
            results.append((rows.ids.to_pylist(), sorted(used(rows)), rejected(night)))
            random.shuffle(table)
    finally:
        sql.source.reading.BATCH_ROWS = before
    assert results[0] == results[1]
    assert results[0][0] == sorted({name for name, _, _ in table if name})


@on_sqlite
def test_an_example_masks_identifiers(database: Database) -> None:
    fill_visits(database, ("someone@example.org", "yesterday", "1"), ("other@example.org", "x", "1"))
    night, _ = visits(database)
    assert example(night) == "customer s********g, yesterday"
    fill_sales(database, (None, None, "1"))
    assert example(sales(database)[0]) == "series null, null"


def test_examples_show_moments_that_python_does_not_know(database: Database) -> None:
    moment = "20240-05-01" if database.dialect == "postgresql" else "9999-12-31"
    with database.write() as connection:
        connection.execute(sa.text("CREATE TABLE visits (customer_id TEXT, visited_at DATE)"))
        connection.execute(sa.text(f"INSERT INTO visits VALUES ('abc', '{moment}')"))
    night, _ = visits(database)
    assert rejected(night) == {"after the clock": 1}
    assert example(night) == f"customer a*c, {moment}"


@on_sqlite
def test_rows_from_the_as_of_on_are_ignored(database: Database) -> None:
    fill_visits(
        database, ("a", "2024-04-30 23:59:59", "1"), ("b", "2024-05-01 00:00:00", "1"), ("c", "2024-05-20", "1")
    )
    night, rows = visits(database, as_of=datetime.date(2024, 5, 1))
    assert used(rows) == [("a", "2024-04-30", 1.0)]
    assert rows.ids.to_pylist() == ["a"]
    assert rejected(night) == {}


def test_reading_stops_at_midnight_in_the_configured_zone(database: Database) -> None:
    fill_visits(
        database,
        ("before", "2024-05-31 21:59:59+00:00", None),  # 23:59:59 in Zurich
        ("after", "2024-05-31 22:00:00+00:00", None),  # midnight in Zurich
        ("naive before", "2024-05-31 17:59:59", None),  # New York, six hours behind Zurich
        ("naive after", "2024-05-31 18:00:00", None),
        ("date", "2024-05-31", None),
    )
    source = VisitSource(timezone="America/New_York")
    night, rows = visits(database, timezone="Europe/Zurich", visits=source)
    assert sorted(name for name, _, _ in used(rows)) == ["before", "date", "naive before"]
    assert rejected(night) == {}


def test_an_empty_source_has_no_rows(database: Database) -> None:
    fill_visits(database)
    night, rows = visits(database)
    assert used(rows) == []
    assert len(rows.ids) == 0
    assert night.entry.rows_read == 0


@on_sqlite
def test_defaults_in_place_of_dates_are_rejected_and_stretch_nothing(database: Database) -> None:
    recent = [("a", f"2024-05-{day:02}", "1") for day in range(1, 11)]
    early = [("a", "1900-01-01", "1"), ("only 1900", "1900-01-01", "1")]
    fill_visits(database, *recent, *early)
    night, rows = visits(database)
    assert rows.ids.to_pylist() == ["a"]
    assert rows.day.min() == to_day(datetime.date(2024, 5, 1))
    assert rejected(night) == {"more than 10 years before all other rows": 2}
    assert example(night) == "customer *, 1900-01-01"
    fill_sales(database, *recent, *early)
    night, rows = sales(database)
    assert rows.ids.to_pylist() == ["a", "only 1900"]
    assert rejected(night) == {"more than 10 years before all other rows": 2}


@on_sqlite
def test_a_source_of_rejected_rows_only_has_no_rows(database: Database) -> None:
    fill_visits(database, (None, "2024-05-01", "1"), ("a", "x", "1"))
    night, rows = visits(database)
    assert used(rows) == []
    assert night.rejections.rows == 2
