"""Columns of Parquet files that are no plain texts, dates or numbers: exact, rejected row by row, or refused."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from nightcast.errors import InputError
from sql.engine import Database
from tests.tasks.loading.loads import load, loaded, on_sqlite, rejected

DAY = datetime.date(2024, 1, 1)


def written(folder: Path, **columns: pa.Array) -> Path:
    """A file of two visits, with these columns in place of the plain ones."""
    plain = {"customer": pa.array(["a", "b"]), "at": pa.array([DAY, DAY]), "paid": pa.array([1.5, 2.0])}
    path = folder / "file.parquet"
    pyarrow.parquet.write_table(pa.table(plain | columns), path)
    return path


@on_sqlite
@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (pa.array([Decimal("17.00"), Decimal("18.50")]), ["17", "18.50"]),
        (pa.array([10.0**15 + 1, 17.5]), ["1000000000000001", "17.5"]),
        (pa.array([2**64 - 1, 1], pa.uint64()), ["18446744073709551615", "1"]),
        (pa.array([b"caf\xc3\xa9", b"b"]), ["café", "b"]),
        (pa.array([17.0, 18.0], pa.float32()).cast(pa.float16()), ["17", "18"]),
    ],
)
def test_identifiers_have_one_form_whatever_their_type(
    database: Database, tmp_path: Path, ids: pa.Array, expected: list[str]
) -> None:
    load(database, "visits", written(tmp_path, customer=ids))
    assert [row[0] for row in loaded(database, "visits")] == expected


@on_sqlite
@pytest.mark.parametrize(
    "ids",
    [
        pa.array([b"\xff", b"ab"]),
        pa.array([2.0**53, 5.0]),
        pa.array([2.0**24, 5.0], pa.float32()),
        pa.array([2.0**11, 5.0], pa.float32()).cast(pa.float16()),
    ],
)
def test_an_identifier_that_could_be_another_one_is_rejected(database: Database, tmp_path: Path, ids: pa.Array) -> None:
    report = load(database, "visits", written(tmp_path, customer=ids))
    (row,) = rejected(report)
    assert (row["line"], report.rows) == ("1", 1)
    assert "not UTF-8 text, or is a number too large" in row["reason"]


@on_sqlite
@pytest.mark.parametrize("column", ["customer", "at", "paid"])
@pytest.mark.parametrize(
    "values",
    [
        pa.array([[1], [2]]),
        pa.array([{"a": 1}, {"a": 2}]),
        pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int64())),
        pa.array([datetime.timedelta(days=1)] * 2),
    ],
)
def test_columns_without_single_values_are_refused_by_their_type(
    database: Database, tmp_path: Path, column: str, values: pa.Array
) -> None:
    path = written(tmp_path, **{column: values})
    with pytest.raises(InputError, match=rf"{column!r} .* of the type {str(values.type).split('<')[0].split('[')[0]}"):
        load(database, "visits", path)


@on_sqlite
@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"at": pa.array([datetime.datetime(2024, 1, 1, 23, 30, tzinfo=datetime.UTC)] * 2)}, "2024-01-01 23:30:00"),
        ({"at": pa.array(["2024-01-01"] * 2).dictionary_encode()}, "2024-01-01"),
        ({"at": pa.array([Decimal("20240101.00")] * 2)}, "2024-01-01"),
        ({"paid": pa.array([Decimal("17.25")] * 2)}, 17.25),
        ({"paid": pa.array([b"17.25"] * 2)}, 17.25),
    ],
)
def test_moments_and_amounts_of_other_types(
    database: Database, tmp_path: Path, columns: dict[str, Any], expected: object
) -> None:
    load(database, "visits", written(tmp_path, **columns))
    assert all(expected in row for row in loaded(database, "visits"))


@on_sqlite
@pytest.mark.parametrize(
    "amounts", [pa.array([True, False]), pa.array([DAY, DAY]), pa.array([datetime.time(1), datetime.time(2)])]
)
def test_what_is_no_amount_is_refused(database: Database, tmp_path: Path, amounts: pa.Array) -> None:
    with pytest.raises(InputError, match="not a number"):
        load(database, "visits", written(tmp_path, paid=amounts))
