"""Loading files: what comes into the tables, once or again."""

from __future__ import annotations

import shutil
import sqlite3
import statistics
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from nightcast.errors import InputError, SchemaVersionError
from sql.engine import Database, open_database
from sql.settings import DatabaseSettings, VisitSource
from sql.tables import source_load
from tasks.loading.files.batches import Batch
from tasks.loading.files.csv_file import CsvFile
from tests.tasks.loading.loads import NOW, count, load, loaded, on_sqlite, write


def test_visits_come_in_as_they_are(database: Database, tmp_path: Path) -> None:
    lines = [
        "customer,shop,at,paid",
        "00001,x,2024-01-01 10:00:00,1.5",
        '" two\nlines, ""q""",x,2024-01-02T11:30,',
        "顧客,,2024-01-03 00:00:00.5,-2",
    ]
    text = "\r\n".join(lines)
    report = load(database, "visits", write(tmp_path, text))
    assert loaded(database, "visits") == [
        ("00001", "2024-01-01 10:00:00", 1.5),
        (' two\nlines, "q"', "2024-01-02 11:30:00", None),
        ("顧客", "2024-01-03 00:00:00.500000", -2.0),
    ]
    assert (report.rows, report.rejections.rows, report.rejected_file, report.table) == (3, 0, None, "visits")
    with database.read() as connection:
        row = connection.execute(sa.select(source_load)).one()._asdict()
    assert (row["load_id"], row["source"], row["file_name"]) == (report.load_id, "visits", "file.csv")
    assert (row["rows"], row["rows_known"], row["rows_rejected"], row["loaded_at"]) == (3, 0, 0, NOW)


def test_sales_are_upserted_and_an_empty_value_is_unknown(database: Database, tmp_path: Path) -> None:
    load(database, "sales", write(tmp_path, "series,day,sold\n01,2024-01-01,1\n01,2024-01-02,2\n", "first.csv"))
    text = "series,day,sold\n01,2024-01-02,4\n02,2024-01-01,\n01,2024-01-02,4\n"
    text += "02,2024-01-02T23:30:00-05:00,5\n,2024-01-01,1\n"
    report = load(database, "sales", write(tmp_path, text))
    assert sorted(loaded(database, "sales")) == [
        ("01", "2024-01-01", 1.0),
        ("01", "2024-01-02", 4.0),
        ("02", "2024-01-01", None),
        ("02", "2024-01-03", 5.0),
    ]
    assert (report.rows, report.rows_known, report.rejections.rows) == (3, 1, 1)
    assert report.notes == (
        "Rows that repeat the series and period of another row of the file: 1; identical rows count once.",
    )


@on_sqlite
def test_covariates_without_a_series_column(database: Database, tmp_path: Path) -> None:
    columns = {"period": "day", "name": "name", "value": "value"}
    load(database, "covariates", write(tmp_path, "day,name,value\n2024-01-01,holiday,1\n"), columns=columns)
    assert loaded(database, "covariates") == [(None, "2024-01-01", "holiday", 1.0)]


def test_the_same_file_again(database: Database, tmp_path: Path) -> None:
    text = "customer,at,paid\na,2024-01-01,1\n"
    load(database, "visits", write(tmp_path, text))
    copy = write(tmp_path, text, "copy.csv")
    with pytest.raises(InputError, match=r"2024-06-01 at 12:00 UTC.*--again"):
        load(database, "visits", copy)
    assert load(database, "visits", copy, again=True).rows_known == 1
    assert len(loaded(database, "visits")) == 1
    assert load(database, "visits", copy, again=True, add_known=True).rows == 1
    assert len(loaded(database, "visits")) == 2
    load(database, "visits", copy, replace=True)
    assert len(loaded(database, "visits")) == 1
    load(database, "sales", copy, columns={"series_id": "customer", "period": "at", "value": "paid"})
    assert count(database, source_load) == 5


def test_replace_that_fails_keeps_what_was_there(database: Database, tmp_path: Path) -> None:
    load(database, "visits", write(tmp_path, "customer,at,paid\na,2024-01-01,1\n"))
    with pytest.raises(InputError, match="None"):
        load(database, "visits", write(tmp_path, "customer,at,paid\n,2024-01-01,1\n", "bad.csv"), replace=True)
    assert len(loaded(database, "visits")) == 1
    load(database, "visits", write(tmp_path, "customer,at,paid\nb,2024-01-01,1\n", "good.csv"), replace=True)
    assert [row[0] for row in loaded(database, "visits")] == ["b"]


@on_sqlite
def test_wrong_usage(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "customer,at,paid\na,2024-01-01,1\n")
    with pytest.raises(InputError, match="--visited-at"):
        load(database, "visits", path, columns={"customer_id": "customer"})
    with pytest.raises(InputError, match="is a query"):
        load(database, "visits", path, source=VisitSource(query="SELECT 1"))
    with pytest.raises(InputError, match="--date-format '%Q'"):
        load(database, "visits", path, date_format="%Q")


def test_without_our_tables_nothing_is_loaded(empty_database: Database, tmp_path: Path) -> None:
    with empty_database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE other (x INTEGER)")
    with pytest.raises(SchemaVersionError, match="nightcast init"):
        load(empty_database, "visits", write(tmp_path, "customer,at,paid\na,2024-01-01,1\n"))


@on_sqlite
def test_readers_see_all_or_nothing(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def watched(self: CsvFile) -> Iterator[Batch]:
        for batch in batches(self):
            yield batch
            with sqlite3.connect(str(database.file)) as reader:
                seen.append(reader.execute("SELECT count(*) FROM sqlite_master WHERE name = 'visits'").fetchone()[0])
            reader.close()

    batches = CsvFile.batches
    monkeypatch.setattr(CsvFile, "batches", watched)
    load(database, "visits", write(tmp_path, "customer,at,paid\na,2024-01-01,1\n"))
    assert set(seen) == {0}
    assert len(loaded(database, "visits")) == 1


@pytest.fixture(scope="module")
def upserts(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Database]:
    """One SQLite database for all examples."""
    folder = tmp_path_factory.mktemp("upserts")
    shutil.copyfile(sqlite_template, folder / "nightcast.db")
    database = open_database(DatabaseSettings(url=SecretStr(f"sqlite:///{folder}/nightcast.db")))
    yield database
    database.engine.dispose()


KEPT: dict[str, Any] = {"sum": sum, "mean": statistics.fmean, "greatest": max}


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.one_of(st.none(), st.integers(0, 99))), min_size=1
    ),
    st.sampled_from(list(KEPT)),
    st.randoms(),
)
def test_rows_of_one_key_are_merged_whatever_their_order(
    upserts: Database, rows: list[tuple[str, int, int | None]], duplicates: str, random: Random
) -> None:
    assert upserts.file is not None
    expected: dict[tuple[str, str], list[int]] = {}
    for series, day, value in rows:
        expected.setdefault((series, f"2024-01-0{day + 1}"), []).extend([] if value is None else [value])
    random.shuffle(rows)
    lines = [f"{series},2024-01-0{day + 1},{'' if value is None else value}" for series, day, value in rows]
    path = write(upserts.file.parent, "\n".join(["series,day,sold", *lines]))
    load(upserts, "sales", path, replace=True, duplicates=duplicates)
    kept = {(series, period): value for series, period, value in loaded(upserts, "sales")}
    assert kept == {key: pytest.approx(KEPT[duplicates](known)) if known else None for key, known in expected.items()}
