"""Reading Parquet files."""

from __future__ import annotations

import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from sql.engine import Database
from tests.tasks.loading.loads import load, loaded, on_sqlite, rejected


def test_parquet_of_many_types(database: Database, tmp_path: Path) -> None:
    table = pa.table(
        {
            "customer": pa.array([17, None, 18]),
            "at": pa.array([datetime.datetime(2024, 1, 1, 10), None, datetime.datetime(2025, 1, 1)]),
            "paid": pa.array([1.5, float("nan"), None]),
            "kind": pa.array(["x", "y", "x"]).dictionary_encode(),
            "tags": pa.array([["a"], [], None]),
        }
    )
    path = tmp_path / "file.parquet"
    pyarrow.parquet.write_table(table, path)
    report = load(database, "visits", path)
    assert loaded(database, "visits") == [("17", "2024-01-01 10:00:00", 1.5)]
    assert [(row["customer"], row["kind"], row["line"], row["reason"]) for row in rejected(report)] == [
        ("", "y", "2", "customer is empty"),
        ("18", "x", "3", "at is after the clock"),
    ]


@on_sqlite
def test_parquet_identifiers_stored_as_doubles_or_categories(database: Database, tmp_path: Path) -> None:
    day = datetime.date(2024, 1, 1)
    for name, ids in {
        "doubles": pa.array([17.0, 18.0]),
        "categories": pa.array(["017", "18"]).dictionary_encode(),
    }.items():
        pyarrow.parquet.write_table(pa.table({"customer": ids, "at": [day, day], "paid": [1, 2]}), tmp_path / name)
        load(database, "visits", tmp_path / name)
    assert [row[0] for row in loaded(database, "visits")] == ["17", "18", "017"]
    assert {row[1] for row in loaded(database, "visits")} == {"2024-01-01"}


@on_sqlite
def test_parquet_identifiers_that_are_none(database: Database, tmp_path: Path) -> None:
    days = [datetime.date(2024, 1, 1)] * 2
    for name, ids in {
        "doubles": pa.array([17.0, float("nan")]),
        "nulls": pa.array([18.0, None]),
    }.items():
        pyarrow.parquet.write_table(pa.table({"customer": ids, "at": days, "paid": [1, 2]}), tmp_path / name)
        report = load(database, "visits", tmp_path / name)
        assert [(row["line"], row["reason"]) for row in rejected(report)] == [("2", "customer is empty")]
    assert [row[0] for row in loaded(database, "visits")] == ["17", "18"]
