"""Opening a file by its first bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from nightcast.errors import InputError, suggestion
from sql.source.lookup import listed
from tasks.loading.files.csv_file import CsvFile
from tasks.loading.files.csv_head import empty_file
from tasks.loading.files.parquet_file import ParquetFile

File: TypeAlias = CsvFile | ParquetFile
"""A file that can be loaded: it has column `names`, and gives its rows as `batches()`."""


_NO_TABLES = {"{": "JSON", "[": "JSON", "<": "HTML or XML"}
"""The beginnings of texts that are no CSV."""


def open_file(path: Path, wanted: Sequence[str]) -> File:
    """Open a file; its first bytes decide how it is read.

    Args:
        path: the file.
        wanted: the columns that it needs.

    Raises:
        InputError: if there is no such file, it is of another kind, or a column is missing.
    """
    start = _first_bytes(path)
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputError(
            f"{path} is an Excel workbook or a ZIP file.",
            "Save the sheet as CSV (in Excel: Save As, CSV UTF-8), or unpack the archive.",
        )
    if path.suffix == ".parquet" and not start.startswith(b"PAR1"):
        raise InputError(f"{path} is not a Parquet file, despite its name.", "Rename it, or write it again.")
    file = _opened(path, start, wanted)
    for name in wanted:
        _require_column(path, name, file.names)
    return file


def _opened(path: Path, start: bytes, wanted: Sequence[str]) -> File:
    if not start.startswith(b"PAR1"):
        return CsvFile(path, wanted, is_compressed=start.startswith(b"\x1f\x8b"))
    file = ParquetFile(path)
    file.require_single_values(wanted)
    return file


def _first_bytes(path: Path) -> bytes:
    if path.is_dir():
        raise InputError(f"{path} is a folder.", "Name a CSV or Parquet file in it.")
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Check the path and the permissions.") from None
    if not start:
        raise empty_file(path)
    return start


def _require_column(path: Path, name: str, names: Sequence[str]) -> None:
    if names.count(name) == 1:
        return
    if names.count(name) > 1:
        raise InputError(f"{path} has {names.count(name)} columns named {name!r}.", "Rename all but one of them.")
    for start, kind in _NO_TABLES.items():
        if names[0].lstrip().startswith(start):
            raise InputError(
                f"{path} has no column {name!r}: it seems to be {kind}.",
                "Convert it to CSV or Parquet, each column with single values.",
            )
    raise InputError(
        f"{path} has no column {name!r}; its columns are {listed(names)}.",
        f"Name one of them.{suggestion(name, names)}",
    )
