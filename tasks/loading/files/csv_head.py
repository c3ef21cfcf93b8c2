"""What the first lines of a CSV file say about it: its encoding, its delimiter, its columns."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nightcast.errors import InputError, first_line

DELIMITERS = ",;\t|"

_LONGEST_RECORD = 200_000
"""Characters; a longer header or first row has a quote that is never closed."""

_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


@dataclass(frozen=True)
class CsvHead:
    """The form of a CSV file.

    Attributes:
        encoding: the name of its encoding.
        delimiter: the character between fields.
        names: the names of its columns, without nameless ones at the end of the header that rows do not have.
        lines: the number of lines before the first row.
        spare_fields: how many more fields its rows have, for delimiters at their end; they are empty.
    """

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    lines: int
    spare_fields: int


def open_bytes(path: Path, *, is_compressed: bool) -> Any:
    """The bytes of a file, decompressed."""
    return gzip.open(path) if is_compressed else path.open("rb")


def encoding_of(path: Path, *, is_compressed: bool) -> str:
    """The encoding that a byte order mark names, else UTF-8."""
    with open_bytes(path, is_compressed=is_compressed) as stream:
        start = stream.read(3)
    return next((name for mark, name in _BYTE_ORDER_MARKS.items() if start.startswith(mark)), "utf-8-sig")


def read_head(path: Path, wanted: Sequence[str], *, is_compressed: bool) -> CsvHead:
    """Read the first lines of a CSV file.

    Args:
        path: the file.
        wanted: the columns that are needed: of several delimiters, the right one shows them.
        is_compressed: whether it is gzip-compressed.

    Raises:
        InputError: if the file has no text, or a quote in the header is never closed.
        UnicodeError: if the first lines are not in the encoding.
        OSError: if the file cannot be read.
    """
    encoding = encoding_of(path, is_compressed=is_compressed)
    with (
        open_bytes(path, is_compressed=is_compressed) as binary,
        io.TextIOWrapper(binary, encoding, newline="") as stream,
    ):
        header, lines = _record(stream)
        told = _SEPARATOR_LINE.fullmatch(header)
        if told:
            header, more = _record(stream)
            lines += more
        if not header:
            raise empty_file(path)
        if "\0" in header:
            raise UnicodeError("two bytes for each character")
        splits = [(one, split_line(path, header, one, "the header")) for one in (told[1] if told else DELIMITERS)]
        delimiter, names = max(splits, key=lambda split: (len({*wanted} & {*split[1]}), len(split[1])))
        first_row, _ = _record(stream)
    fields = split_line(path, first_row, delimiter, f"line {lines + 1}") if first_row else list(names)
    while len(fields) < len(names) and not names[-1]:
        names.pop()
    spare = fields[len(names) :]
    return CsvHead(encoding, delimiter, tuple(names), lines, 0 if any(spare) else len(spare))


def split_line(path: Path, text: str, delimiter: str, place: str) -> list[str]:
    """The fields of a line.

    Raises:
        InputError: if a quote is never closed, which makes a field longer than `csv` allows; names the place.
    """
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise open_quote(path, f"{place} has a {first_line(error)}") from None


def open_quote(path: Path, reason: str) -> InputError:
    """The error for a file that has no rows that can be told apart."""
    return InputError(
        f"{path} cannot be read as CSV: {reason}.",
        'Look for a quote (") that is never closed; a quote inside a field has to be doubled.',
    )


def empty_file(path: Path) -> InputError:
    """The error for a file without any text."""
    return InputError(
        f"{path} is empty.", "A CSV file needs a header with the names of its columns, and rows below it."
    )


def _record(stream: io.TextIOWrapper) -> tuple[str, int]:
    """The next line with text, and how many lines were read: a quoted field may contain line breaks."""
    text, lines = "", 0
    while (not text.strip() or text.count('"') % 2) and (line := stream.readline(_LONGEST_RECORD)):
        text, lines = (text + line if text.strip() else line), lines + 1
        if len(text) >= _LONGEST_RECORD:
            break
    return text.rstrip("\r\n") if text.strip() else "", lines
