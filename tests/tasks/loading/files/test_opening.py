"""Opening files: which forms are read, and which files are refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from nightcast.errors import InputError
from sql.engine import Database
from sql.settings import VisitSource
from sql.source.lookup import source_exists
from tests.tasks.loading.loads import load, loaded, on_sqlite, write


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
