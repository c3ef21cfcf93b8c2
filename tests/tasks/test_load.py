"""Loading files: what is taken, what is rejected and why, and what is refused altogether."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from nightcast.errors import InputError, SchemaVersionError
from sql.engine import Database, open_database
from sql.settings import CovariateSource, DatabaseSettings, SalesSource, VisitSource
from sql.source.filling import Kind
from sql.source.finding import Source, source_exists
from sql.tables import rejected_row, source_load
from tasks.loading import csv_file
from tasks.loading.batches import Batch
from tasks.loading.csv_file import CsvFile
from tasks.loading.load import LoadReport, load_file

NOW = datetime.datetime(2024, 6, 1, 12, 0, tzinfo=datetime.UTC)
COLUMNS: dict[Kind, dict[str, str]] = {
    "visits": {"customer_id": "customer", "visited_at": "at", "amount": "paid"},
    "sales": {"series_id": "series", "period": "day", "value": "sold"},
    "covariates": {"series_id": "series", "period": "day", "name": "name", "value": "value"},
}
SOURCES: dict[Kind, Source] = {"visits": VisitSource(), "sales": SalesSource(), "covariates": CovariateSource()}
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def write(folder: Path, text: str | bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def load(database: Database, kind: Kind, path: Path, **options: Any) -> LoadReport:
    columns = options.pop("columns", COLUMNS[kind])
    source = options.pop("source", SOURCES[kind])
    return load_file(database, kind, path, columns, source, **{"now": NOW, **options})


def loaded(database: Database, kind: Kind) -> list[tuple[Any, ...]]:
    """All rows of a source table, in their order in the file; dates and times as text."""
    source = SOURCES[kind]
    table = sa.table(source.table or "", *map(sa.column, source.columns.model_dump().values()))
    with database.read() as connection:
        rows = connection.execute(sa.select(*table.c)).all()
    return [tuple(str(value) if isinstance(value, datetime.date) else value for value in row) for row in rows]


def rejected(report: LoadReport) -> list[dict[str, str]]:
    assert report.rejected_file is not None
    with report.rejected_file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def count(database: Database, table: sa.Table) -> int:
    with database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


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
    assert (report.rows, report.rows_rejected, report.rejected_file, report.table) == (3, 0, None, "visits")
    with database.read() as connection:
        row = connection.execute(sa.select(source_load)).one()._asdict()
    assert (row["load_id"], row["source"], row["file_name"]) == (report.load_id, "visits", "file.csv")
    assert (row["rows"], row["rows_rejected"], row["loaded_at"]) == (3, 0, NOW)


@pytest.mark.parametrize("form", ["plain", "gzip", "byte order mark", "semicolons", "tabs", "no last newline"])
@on_sqlite
def test_forms_of_csv(database: Database, tmp_path: Path, form: str) -> None:
    text = "customer,at,paid\n007,2024-01-01,1\n008,2024-01-02,2\n"
    content = {
        "plain": text.encode(),
        "gzip": gzip.compress(text.encode()),
        "byte order mark": text.encode("utf-8-sig"),
        "semicolons": text.replace(",", ";").encode(),
        "tabs": text.replace(",", "\t").encode(),
        "no last newline": text.strip().encode(),
    }[form]
    assert load(database, "visits", write(tmp_path, content)).rows == 2
    assert loaded(database, "visits") == [("007", "2024-01-01", 1.0), ("008", "2024-01-02", 2.0)]


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
    assert [row[0] for row in loaded(database, "visits")] == ["17", "18", "017", "18"]
    assert {row[1] for row in loaded(database, "visits")} == {"2024-01-01"}


@on_sqlite
def test_parquet_identifiers_that_are_none(database: Database, tmp_path: Path) -> None:
    days = [datetime.date(2024, 1, 1)] * 2
    for name, ids in {
        "doubles": pa.array([17.0, float("nan")]),
        "nulls": pa.array([18.0, None]),
        "bytes that are no text": pa.array([b"\xff", None]),
    }.items():
        pyarrow.parquet.write_table(pa.table({"customer": ids, "at": days, "paid": [1, 2]}), tmp_path / name)
        report = load(database, "visits", tmp_path / name)
        assert [(row["line"], row["reason"]) for row in rejected(report)] == [("2", "customer is empty")]
    assert [row[0] for row in loaded(database, "visits")][:2] == ["17", "18"]


def test_bad_lines_are_counted_explained_and_kept(database: Database, tmp_path: Path) -> None:
    lines = [
        "customer,at,paid",
        "a,2024-01-01,1",
        ",2024-01-01,1",
        "b,31/12/2023,1",
        "",
        '"c\nc",2024-06-02,1',
        "d,2024-06-01 12:00:01,1",
        "e,2024-01-01,lots",
        "f,2024-01-01,inf",
        "g,2024-01-01,1,2",
        "h,2024-01-01",
        "i,,NaN",
        "j,now,1",
        "k,2024-06-01,",
        "l,2024-06-01 12:00:00,7",
        "m,2024-01-01,8",
    ]
    report = load(database, "visits", write(tmp_path, "\n".join(lines) + "\n"))
    assert [row[0] for row in loaded(database, "visits")] == ["a", "k", "l", "m"]
    assert report.rejected_file == tmp_path / "file.csv.rejected.csv"
    found = sorted((int(row["line"]), row["customer"], row["paid"], row["reason"]) for row in rejected(report))
    assert found == [
        (3, "", "1", "customer is empty"),
        (4, "b", "1", "at is not an ISO 8601 date or timestamp"),
        (6, "c\nc", "1", "at is after the clock"),
        (8, "d", "1", "at is after the clock"),
        (9, "e", "lots", "paid is not a finite number"),
        (10, "f", "inf", "paid is not a finite number"),
        (11, "g", "1,2", "wrong number of fields: 4 fields instead of 3"),
        (12, "h", "", "wrong number of fields: 2 fields instead of 3"),
        (13, "i", "NaN", "at is empty"),
        (14, "j", "1", "at is not an ISO 8601 date or timestamp"),
    ]
    assert (report.rows, report.rows_rejected) == (4, 10)
    with database.read() as connection:
        kept = connection.execute(sa.select(rejected_row.c.reason, rejected_row.c.rows, rejected_row.c.example)).all()
    assert sorted(map(tuple, kept)) == [
        ("at is after the clock", 2, "line 6: at is '2024-06-02'"),
        ("at is empty", 1, "line 13"),
        ("at is not an ISO 8601 date or timestamp", 2, "line 4: at is '31/12/2023'"),
        ("customer is empty", 1, "line 3"),
        ("paid is not a finite number", 2, "line 9: paid is 'lots'"),
        ("wrong number of fields", 2, "line 11: 4 fields instead of 3"),
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.text("ab\n,\"'é ", max_size=6), st.just("2024-01-01"), st.sampled_from(["1", "\n2", "x"])),
            st.tuples(st.just("few")),
            st.tuples(st.just("many"), st.just(""), st.just(""), st.text("\n,z", max_size=3)),
            st.just(()),
        ),
        max_size=30,
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_batches_hold_every_row_and_tell_its_line(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], newline: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=newline, quoting=csv.QUOTE_ALL)
    writer.writerow(["a", "b\nb", "c"])
    good, bad = [], []
    for row in rows:
        line = text.getvalue().count("\n") + 1
        writer.writerow(row)
        if len(row) == 3:
            good.append((line, *row))
        elif row:
            bad.append((line, row))
    path = write(tmp_path_factory.mktemp("lines"), text.getvalue())
    before, csv_file.BLOCK_BYTES = csv_file.BLOCK_BYTES, 200
    try:
        batches = list(CsvFile(path, ["a"], is_compressed=False).batches())
    finally:
        csv_file.BLOCK_BYTES = before
    assert [
        row
        for batch in batches
        for row in zip(batch.lines, *map(pa.Array.to_pylist, batch.columns.values()), strict=True)
    ] == good
    assert [(row.line, row.fields) for batch in batches for row in batch.malformed] == bad


@on_sqlite
def test_small_blocks_change_nothing(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"c{row},2024-01-{row % 28 + 1:02},{'x' if row % 100 == 0 else row}" for row in range(2_000)]
    monkeypatch.setattr("tasks.loading.csv_file.BLOCK_BYTES", 500)
    report = load(database, "visits", write(tmp_path, "\n".join(["customer,at,paid", *lines])))
    assert (report.rows, report.rows_rejected) == (1_980, 20)
    assert [int(row["line"]) for row in rejected(report)] == list(range(2, 2_002, 100))


def test_sales_are_upserted_and_an_empty_value_is_unknown(database: Database, tmp_path: Path) -> None:
    load(database, "sales", write(tmp_path, "series,day,sold\n01,2024-01-01,1\n01,2024-01-02,2\n", "first.csv"))
    text = "series,day,sold\n01,2024-01-02,3\n02,2024-01-01,\n01,2024-01-02,4\n"
    text += "02,2024-01-02T23:30:00-05:00,5\n,2024-01-01,1\n"
    report = load(database, "sales", write(tmp_path, text))
    assert sorted(loaded(database, "sales")) == [
        ("01", "2024-01-01", 1.0),
        ("01", "2024-01-02", 4.0),
        ("02", "2024-01-01", None),
        ("02", "2024-01-03", 5.0),
    ]
    assert (report.rows, report.rows_rejected) == (4, 1)
    assert report.notes == (
        "Rows that repeat the series and period of another row of the file: 1; the last row counts.",
    )


def test_how_far_ahead_periods_may_lie(database: Database, tmp_path: Path) -> None:
    sales = load(database, "sales", write(tmp_path, "series,day,sold\na,2025-06-02,1\na,2025-06-03,1\n", "sales.csv"))
    assert [row["day"] for row in rejected(sales)] == ["2025-06-03"]
    path = write(tmp_path, "series,day,name,value\na,2030-01-01,promotion,1\n,2024-01-01,holiday,1\n,2024-01-01,,1\n")
    covariates = load(database, "covariates", path)
    assert sorted(loaded(database, "covariates"), key=str) == [
        ("a", "2030-01-01", "promotion", 1.0),
        (None, "2024-01-01", "holiday", 1.0),
    ]
    assert [row["reason"] for row in rejected(covariates)] == ["name is empty"]


@on_sqlite
def test_covariates_without_a_series_column(database: Database, tmp_path: Path) -> None:
    columns = {"period": "day", "name": "name", "value": "value"}
    load(database, "covariates", write(tmp_path, "day,name,value\n2024-01-01,holiday,1\n"), columns=columns)
    assert loaded(database, "covariates") == [(None, "2024-01-01", "holiday", 1.0)]


def test_aware_moments_are_converted_and_naive_ones_stay(database: Database, tmp_path: Path) -> None:
    text = "customer,at,paid\na,2024-03-30T23:30:00Z,1\nb,2024-03-31T01:30:00+00:00,1\n"
    text += "c,2024-03-31 02:30:00,1\nd,2024-04-01T00:10:00+0200,1\n"
    load(database, "visits", write(tmp_path, text), source=VisitSource(timezone="Europe/Zurich"))
    assert [row[1] for row in loaded(database, "visits")] == [
        "2024-03-31 00:30:00",
        "2024-03-31 03:30:00",
        "2024-03-31 02:30:00",
        "2024-04-01 00:10:00",
    ]


@pytest.mark.parametrize(
    ("date_format", "text", "stored"),
    [
        ("%d/%m/%Y", "31/12/2023", "2023-12-31"),
        ("%m/%d/%Y %H:%M", "12/31/2023 17:45", "2023-12-31 17:45:00"),
        ("%Y%m%d", "20231231", "2023-12-31"),
        ("%d.%m.%Y %H:%M %z", "31.12.2023 23:30 -0500", "2024-01-01 04:30:00"),
        (None, "20231231", "2023-12-31"),
        (None, "2023/12/31", "2023-12-31"),
    ],
)
def test_date_formats(database: Database, tmp_path: Path, date_format: str | None, text: str, stored: str) -> None:
    path = write(tmp_path, f"customer,at,paid\na,{text},1\nb,{text},2\nc,nonsense,1\n")
    report = load(database, "visits", path, date_format=date_format)
    assert [row[1] for row in loaded(database, "visits")] == [stored, stored]
    wanted = f"in the format {date_format}" if date_format else "an ISO 8601 date or timestamp"
    assert [row["reason"] for row in rejected(report)] == [f"at is not {wanted}"]


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])  # MySQL commits at every CREATE
def test_mostly_unreadable_dates_refuse_the_file(database: Database, tmp_path: Path) -> None:
    text = "customer,at,paid\na,2024-01-01,1\nb,31/12/2023,1\nc,30/12/2023,1\n"
    path = write(tmp_path, text)
    with pytest.raises(InputError, match=r"2 of 3 rows.*'31/12/2023' and '30/12/2023'.*--date-format"):
        load(database, "visits", path)
    assert not source_exists(database, VisitSource())
    assert count(database, source_load) == count(database, rejected_row) == 0
    assert [other.name for other in tmp_path.glob("file*")] == ["file.csv"]


def test_the_same_file_again(database: Database, tmp_path: Path) -> None:
    text = "customer,at,paid\na,2024-01-01,1\n"
    load(database, "visits", write(tmp_path, text))
    copy = write(tmp_path, text, "copy.csv")
    with pytest.raises(
        InputError, match=r"copy\.csv was loaded into 'visits' before, on 2024-06-01 at 12:00 UTC.*--again"
    ):
        load(database, "visits", copy)
    load(database, "visits", copy, again=True)
    assert len(loaded(database, "visits")) == 2
    load(database, "visits", copy, replace=True)
    assert len(loaded(database, "visits")) == 1
    load(database, "sales", copy, columns={"series_id": "customer", "period": "at", "value": "paid"})
    assert count(database, source_load) == 4


def test_replace_that_fails_keeps_what_was_there(database: Database, tmp_path: Path) -> None:
    load(database, "visits", write(tmp_path, "customer,at,paid\na,2024-01-01,1\n"))
    with pytest.raises(InputError, match="None of the 1 rows"):
        load(database, "visits", write(tmp_path, "customer,at,paid\n,2024-01-01,1\n", "bad.csv"), replace=True)
    assert len(loaded(database, "visits")) == 1
    load(database, "visits", write(tmp_path, "customer,at,paid\nb,2024-01-01,1\n", "good.csv"), replace=True)
    assert [row[0] for row in loaded(database, "visits")] == ["b"]


@on_sqlite
def test_an_old_file_of_rejected_rows_goes(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "customer,at,paid\na,2024-01-01,1\n,2024-01-01,1\n")
    first = load(database, "visits", path)
    assert first.rejected_file is not None
    assert first.rejected_file.exists()
    assert load(database, "visits", write(tmp_path, "customer,at,paid\na,2024-01-01,1\n")).rejected_file is None
    assert not first.rejected_file.exists()


@on_sqlite
def test_rejected_rows_go_to_the_working_folder_when_theirs_is_closed(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "working").mkdir()
    monkeypatch.chdir(tmp_path / "working")
    touch = Path.touch

    def closed(path: Path) -> None:
        if path.parent == tmp_path:
            raise PermissionError
        touch(path)

    monkeypatch.setattr(Path, "touch", closed)
    report = load(database, "visits", write(tmp_path, "customer,at,paid\na,2024-01-01,1\n,2024-01-01,1\n"))
    assert report.rejected_file == tmp_path / "working" / "file.csv.rejected.csv"
    assert len(rejected(report)) == 1


BAD_FILES: dict[str, tuple[str, bytes, str]] = {
    "empty": ("file.csv", b"", "is empty"),
    "blank": ("file.csv", b"\n\n", "is empty"),
    "empty gzip": ("file.csv.gz", gzip.compress(b""), "is empty"),
    "header only": ("file.csv", b"customer,at,paid\n", "no rows"),
    "no header": ("file.csv", b"a,2024-01-01,1\n", "no column 'customer'"),
    "misnamed": ("file.csv", b"Customer,at,paid\na,2024-01-01,1\n", "Did you mean 'Customer'"),
    "twice": ("file.csv", b"customer,at,at,paid\na,b,c,d\n", "2 columns named 'at'"),
    "latin": ("file.csv", "customer,at,paid\na,2024-01-01,1\nJosé,2024-01-01,1\n".encode("latin-1"), "UTF-8: line 3"),
    "utf-16": ("file.csv", "customer,at,paid\n".encode("utf-16"), "not in UTF-8"),
    "cut gzip": ("file.csv.gz", gzip.compress(b"customer,at,paid\n" + bytes(5_000))[:40], "damaged"),
    "workbook": ("file.xlsx", b"PK\x03\x04....", "Excel"),
    "no parquet": ("file.parquet", b"customer,at,paid\n", "no Parquet"),
    "cut parquet": ("file.parquet", b"PAR1....", "cannot be read as Parquet"),
    "quote over many lines": (
        "file.csv",
        b'customer,at,paid\n"a,2024-01-01,1\n' + b"b,2024-01-01,1\n" * 10_000 + b'c",2024-01-01\n',
        "cannot be read as CSV: line 2.*quote",
    ),
    "quote in the header": (
        "file.csv",
        b'customer,at,"paid\n' + b"b,2024-01-01,1\n" * 10_000 + b'"\n',
        "header.*quote",
    ),
    "open quote": ("file.csv", b'customer,at,paid\na,2024-01-01,1\n"b,2024-01-01,1\nc,2024-01-01,1\n', "quote.*line 3"),
}


@pytest.mark.parametrize("case", BAD_FILES)
@on_sqlite
def test_files_that_cannot_be_read(database: Database, tmp_path: Path, case: str) -> None:
    name, content, message = BAD_FILES[case]
    with pytest.raises(InputError, match=message):
        load(database, "visits", write(tmp_path, content, name))
    assert not source_exists(database, VisitSource())


@on_sqlite
def test_paths_that_are_no_files(database: Database, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv cannot be read: No such file"):
        load(database, "visits", tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match="is a folder"):
        load(database, "visits", tmp_path)


@on_sqlite
def test_wrong_usage(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "customer,at,paid\na,2024-01-01,1\n")
    with pytest.raises(InputError, match="--visited-at"):
        load(database, "visits", path, columns={"customer_id": "customer"})
    with pytest.raises(InputError, match="is a query"):
        load(database, "visits", path, source=VisitSource(query="SELECT 1"))
    with pytest.raises(InputError, match="--date-format '%Q' is no format"):
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


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.one_of(st.none(), st.integers(0, 99))), min_size=1)
)
def test_the_last_row_of_a_key_wins(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, rows: list[tuple[str, int, int | None]]
) -> None:
    folder = tmp_path_factory.mktemp("upsert")
    shutil.copyfile(sqlite_template, folder / "nightcast.db")
    database = open_database(DatabaseSettings(url=SecretStr(f"sqlite:///{folder}/nightcast.db")))
    half = len(rows) // 2
    for name, part in {"first.csv": rows[:half], "second.csv": rows[half:]}.items():
        lines = [f"{series},2024-01-0{day + 1},{'' if value is None else value}" for series, day, value in part]
        if lines:
            load(database, "sales", write(folder, "\n".join(["series,day,sold", *lines]), name), again=True)
    wanted = {(series, f"2024-01-0{day + 1}"): value for series, day, value in rows}
    found = loaded(database, "sales")
    database.engine.dispose()
    assert {(series, period): value for series, period, value in found} == wanted
    assert len(found) == len(wanted)
