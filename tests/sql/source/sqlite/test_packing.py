"""Tables of SQLite, read many rows at a time: they give what a cursor gives, whatever the rows hold."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sql.source.reading
from sql.engine import Database
from sql.settings import VisitSource
from sql.source.lookup import look_up_source
from sql.source.reading import WantedColumn, read_batches
from sql.source.sqlite.reading import bytes_for_text, numbered
from tests.sql.source.sources import execute

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

COLUMNS = [("customer_id", "subject"), ("visited_at", "moment"), ("amount", "number")]
WANTED = [WantedColumn(name, kind) for name, kind in COLUMNS]  # type: ignore[arg-type]
VALUES = st.one_of(
    st.sampled_from(
        [None, "", "a", "\x1f", "\x1e", "a\x1fb", "\0", "07", "7", "0x1F", "-0", "x", "12.5", "é", b"\xff"]
    ),
    st.sampled_from(
        [7, -7, 2**53 + 1, 2**53 + 2, -(2**63), 0.01, -0.07, 0.29, 19.99, 1.005, 1e300, -1e-7, float("inf"), 1e15]
    ),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.integers(-(10**7), 10**7).map(lambda cents: cents / 100),
)


def batches(database: Database, source: VisitSource, rows: int) -> list[list[pa.Array]]:
    before, sql.source.reading.BATCH_ROWS = sql.source.reading.BATCH_ROWS, rows
    try:
        relation = look_up_source(database, "source.visits", source, [])
        return list(read_batches(database, relation, WANTED))
    finally:
        sql.source.reading.BATCH_ROWS = before


def insert(
    database: Database, rows: list[tuple[Any, ...]], *, declared: str = "customer_id, visited_at, amount"
) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS visits")
        connection.exec_driver_sql(f"CREATE TABLE visits ({declared})")
        marks = ", ".join("?" * len(rows[0]))
        connection.exec_driver_sql(f"INSERT INTO visits VALUES ({marks})", rows)


def is_packed(database: Database, table: str = "visits") -> bool:
    relation = look_up_source(database, "source.visits", VisitSource(table=table), [])
    with database.read() as connection, bytes_for_text(connection):
        return numbered(connection, relation, COLUMNS) is not None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=12),
    st.integers(1, 5),
    st.sampled_from(["", "TEXT", "REAL", "INTEGER", "NUMERIC"]),
)
def test_a_table_gives_what_a_query_gives(
    database: Database, rows: list[tuple[Any, ...]], batch: int, kind: str
) -> None:
    insert(database, rows, declared=f"customer_id {kind}, visited_at {kind}, amount {kind}")
    assert is_packed(database)
    packed = batches(database, VisitSource(), batch)
    fetched = batches(database, VisitSource(table=None, query="SELECT * FROM visits"), batch)
    assert [[column.type for column in columns] for columns in packed] == [
        [column.type for column in columns] for columns in fetched
    ]
    assert [[column.to_pylist() for column in columns] for columns in packed] == [
        [column.to_pylist() for column in columns] for columns in fetched
    ]


def test_usual_rows_need_no_cursor(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    insert(database, [(4_000_000_000, "2026-01-05 10:30:00", 0.29), (7, "2026-01-05", None), (None, None, -12)])
    monkeypatch.setattr("sql.source.sqlite.reading.array_of", None)
    [columns] = batches(database, VisitSource(), 5)
    assert [column.to_pylist() for column in columns] == [
        [4_000_000_000, 7, None],
        ["2026-01-05 10:30:00", "2026-01-05", None],
        [0.29, None, -12.0],
    ]


def test_rows_of_any_number_are_read_once(database: Database) -> None:
    numbers = [-(2**63), -5, 0, 1, 2, 10**12, 2**63 - 1]
    for first, size in ((numbers, 7), (numbers, 3), (numbers[:-1], 3), (numbers[1:], 1)):
        rows = [(number, number, "2026-01-05", 1.5) for number in first]
        insert(database, rows, declared="key INTEGER PRIMARY KEY, customer_id, visited_at, amount")
        read = batches(database, VisitSource(), size)
        assert [value for columns in read for value in columns[0].to_pylist()] == first
        assert all(len(columns[0]) for columns in read)


def test_the_number_of_a_row_has_the_name_that_no_column_took(database: Database) -> None:
    declared = "customer_id, visited_at, amount, RowId, _rowid_"
    insert(database, [("a", "2026-01-05", 1, "x", 5), ("b", "2026-01-06", 2, "x", 5)], declared=declared)
    assert is_packed(database)
    assert [columns[0].to_pylist() for columns in batches(database, VisitSource(), 1)] == [["a"], ["b"]]
    insert(database, [("a", "2026-01-05", 1, "x", 5, 5)], declared=f"{declared}, oid")
    assert not is_packed(database)
    assert [columns[0].to_pylist() for columns in batches(database, VisitSource(), 1)] == [["a"]]


def test_rows_without_numbers_come_from_a_cursor(database: Database) -> None:
    insert(database, [("b", "2026-01-05", 1)], declared="customer_id PRIMARY KEY, visited_at, amount) WITHOUT ROWID --")
    execute(database, "CREATE VIEW some AS SELECT * FROM visits")
    for table in ("visits", "some"):
        assert not is_packed(database, table)
        [columns] = batches(database, VisitSource(table=table), 5)
        assert [column.to_pylist() for column in columns] == [["b"], ["2026-01-05"], [1.0]]


def test_an_index_changes_no_row(database: Database) -> None:
    rows = [(f"{9 - place}\x1f", f"2026-01-0{place}", place / 1000) for place in range(1, 9)]
    insert(database, rows)
    execute(database, "CREATE INDEX covering ON visits (customer_id, visited_at, amount)")
    read = batches(database, VisitSource(), 3)
    columns = [[value for batch in read for value in batch[place].to_pylist()] for place in range(3)]
    assert list(zip(*columns, strict=True)) == rows
