"""Opening files: which forms are read, and which files are refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from nightcast.errors import InputError
from sql.engine import Database
from sql.settings import VisitSource
from sql.source.lookup import source_exists
from tests.tasks.loading.loads import load, loaded, on_sqlite, rejected, write

TEXT = "customer,at,paid\n007,2024-01-01,1\n008,2024-01-02,2\n"
FORMS: dict[str, bytes] = {
    "plain": TEXT.encode(),
    "gzip": gzip.compress(TEXT.encode()),
    "byte order mark": TEXT.encode("utf-8-sig"),
    "semicolons": TEXT.replace(",", ";").encode(),
    "tabs": TEXT.replace(",", "\t").encode(),
    "bars": TEXT.replace(",", "|").encode(),
    "no last newline": TEXT.strip().encode(),
    "utf-16": TEXT.replace(",", "\t").encode("utf-16"),
    "utf-16, big end first": "\ufeff".encode("utf-16-be") + TEXT.replace("\n", "\r\n").encode("utf-16-be"),
    "utf-16 in gzip": gzip.compress(TEXT.encode("utf-16")),
    "sep": b"sep=;\n" + TEXT.replace(",", ";").encode(),
    "quoted sep in utf-16": ('"SEP=;"\r\n' + TEXT.replace(",", ";")).encode("utf-16"),
    "a delimiter too many in rows": TEXT.replace("1\n", "1,\n").replace("2\n", "2,\n").encode(),
    "a delimiter too many in one row": TEXT.replace("2\n", "2,\n").encode(),
    "a delimiter too many but in one row": TEXT.replace(",1\n", ",1,\n").encode(),
    "a delimiter too many in all lines": TEXT.replace("\n", ",\n").encode(),
    "several delimiters too many in rows": TEXT.replace("1\n", "1,,,\n").replace("2\n", "2,,,\n").encode(),
    "several delimiters too many in the header": TEXT.replace("paid", "paid,,,").encode(),
    "several delimiters too many in all lines": TEXT.replace("\n", ",,,\n").encode(),
    "a delimiter too many in the header": TEXT.replace("paid", "paid,").encode(),
}


@pytest.mark.parametrize("form", FORMS)
@on_sqlite
def test_forms_of_csv(database: Database, tmp_path: Path, form: str) -> None:
    report = load(database, "visits", write(tmp_path, FORMS[form]))
    assert (report.rows, report.rejections.rows) == (2, 0)
    assert loaded(database, "visits") == [("007", "2024-01-01", 1.0), ("008", "2024-01-02", 2.0)]


BAD_FILES: dict[str, tuple[str, bytes, str]] = {
    "empty": ("file.csv", b"", "is empty"),
    "blank": ("file.csv", b"\n\n", "is empty"),
    "empty gzip": ("file.csv.gz", gzip.compress(b""), "is empty"),
    "header only": ("file.csv", b"customer,at,paid\n", "no rows"),
    "no header": ("file.csv", b"a,2024-01-01,1\n", "no column 'customer'"),
    "misnamed": ("file.csv", b"Customer,at,paid\na,2024-01-01,1\n", "Did you mean 'Customer'"),
    "twice": ("file.csv", b"customer,at,at,paid\na,b,c,d\n", "2 columns named 'at'"),
    "latin": ("file.csv", "customer,at,paid\na,2024-01-01,1\nJosé,2024-01-01,1\n".encode("latin-1"), "UTF-8: line 3"),
    "utf-16 without a mark": ("file.csv", TEXT.replace("007", "é").encode("utf-16-le"), "UTF-16LE"),
    "utf-16 of plain letters": ("file.csv", TEXT.encode("utf-16-be"), "UTF-16BE"),
    "utf-16, header only": ("file.csv", "customer,at,paid\n".encode("utf-16"), "no rows"),
    "cut utf-16": ("file.csv", TEXT.encode("utf-16")[:-1], "damaged"),
    "sep alone": ("file.csv", b"sep=;\n", "is empty"),
    "cut gzip": ("file.csv.gz", gzip.compress(b"customer,at,paid\n" + bytes(5_000))[:40], "damaged"),
    "workbook": ("file.xlsx", b"PK\x03\x04....", "Excel"),
    "old workbook": ("file.xls", b"\xd0\xcf\x11\xe0....", "Excel"),
    "no parquet": ("file.parquet", b"customer,at,paid\n", "not a Parquet file"),
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


@on_sqlite
def test_text_behind_the_delimiter_too_many_is_rejected(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "customer,at,paid\na,2024-01-01,1,\nb,2024-01-01,12,50\nc,2024-01-01,2\n")
    report = load(database, "visits", path)
    assert [row[0] for row in loaded(database, "visits")] == ["a", "c"]
    assert [(row["line"], row["customer"]) for row in rejected(report)] == [("3", "b")]


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
