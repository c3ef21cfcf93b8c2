"""Reading CSV files, plain or gzip-compressed."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from nightcast.errors import InputError, first_line
from tasks.loading.batches import Batch, MalformedRow
from tasks.loading.line_counter import LineCounter

BLOCK_BYTES = 4 << 20


class CsvFile:
    """A CSV file with all columns as text; its header decides between commas, semicolons and tabs.

    Attributes:
        names: the names of its columns.
    """

    def __init__(self, path: Path, wanted: Sequence[str], *, is_compressed: bool) -> None:
        self._path = path
        self._is_compressed = is_compressed
        header, self._header_lines = self._read_header()
        splits = [(delimiter, self._split(header, delimiter, "the header")) for delimiter in ",;\t"]
        self._delimiter, self.names = max(splits, key=lambda split: (len({*wanted} & {*split[1]}), len(split[1])))

    def batches(self) -> Iterator[Batch]:
        """All rows, in order; empty lines are ignored."""
        positions = [str(position) for position in range(len(self.names))]
        counter, malformed = LineCounter(self._header_lines), list[Any]()
        try:
            with pa.input_stream(self._path, "gzip" if self._is_compressed else None) as stream:
                for batch in self._open(stream, positions, malformed):
                    yield self._numbered(batch.columns, counter, malformed)
                yield self._numbered([pa.array([], pa.string())] * len(positions), counter, malformed)
        except (pa.ArrowException, OSError) as error:
            raise self._unreadable(error) from None

    def _open(self, stream: Any, positions: list[str], malformed: list[Any]) -> Iterator[pa.RecordBatch]:
        def skip(row: Any) -> str:
            malformed.append(row)
            return "skip"

        try:
            yield from pyarrow.csv.open_csv(
                stream,
                pyarrow.csv.ReadOptions(
                    use_threads=False, block_size=BLOCK_BYTES, column_names=positions, skip_rows=self._header_lines
                ),
                pyarrow.csv.ParseOptions(
                    delimiter=self._delimiter,
                    newlines_in_values=True,
                    ignore_empty_lines=False,
                    invalid_row_handler=skip,
                ),
                pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(positions, pa.string())),
            )
        except pa.ArrowInvalid as error:
            if "Empty CSV file" not in str(error):
                raise

    def _numbered(self, columns: list[pa.Array], counter: LineCounter, malformed: list[Any]) -> Batch:
        lines, bad = counter.place(columns, malformed)
        has_text = np.zeros(len(lines), dtype=np.bool_)
        for column in columns:
            has_text |= np.asarray(pc.not_equal(column, ""))
        mask = pa.array(has_text)
        kept = {name: column.filter(mask) for name, column in zip(self.names, columns, strict=True)}
        split = [self._malformed_row(line, text) for line, text in bad if text.strip()]
        return Batch(kept, lines[has_text], split)

    def _malformed_row(self, line: int, text: str) -> MalformedRow:
        if text.count('"') % 2:  # the open quote has taken all lines that follow into the field
            raise self._open_quote(f"a quote that opens on line {line} is never closed")
        return MalformedRow(line, tuple(self._split(text, self._delimiter, f"line {line}")))

    def _split(self, text: str, delimiter: str, place: str) -> list[str]:
        try:
            return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        except csv.Error as error:  # an open quote makes a field longer than csv allows
            raise self._open_quote(f"{place} has a {first_line(error)}") from None

    def _read_header(self) -> tuple[str, int]:
        """The header, and how many lines it takes: a quoted name may contain line breaks."""
        header, lines = "", 0
        try:
            with self._binary() as binary, io.TextIOWrapper(binary, "utf-8-sig", newline="") as stream:
                while (not header.strip() or header.count('"') % 2) and (line := stream.readline(BLOCK_BYTES)):
                    header, lines = (header + line if header.strip() else line), lines + 1
        except (UnicodeDecodeError, OSError, EOFError) as error:
            raise self._unreadable(error) from None
        if not header.strip():
            raise empty_file(self._path)
        return header.rstrip("\r\n"), lines

    def _binary(self) -> Any:
        return gzip.open(self._path) if self._is_compressed else self._path.open("rb")

    def _unreadable(self, error: Exception) -> InputError:
        if isinstance(error, UnicodeDecodeError) or "UTF8" in str(error):
            return InputError(
                f"{self._path} is not in UTF-8: line {self._undecodable_line()} cannot be decoded.",
                "Save it as UTF-8, or convert it: iconv -f WINDOWS-1252 -t UTF-8 OLD.csv > NEW.csv",
            )
        if self._is_compressed and isinstance(error, OSError | EOFError):
            return InputError(
                f"{self._path} is damaged: it cannot be decompressed to its end.", "Copy or write it again."
            )
        return self._open_quote(first_line(error))

    def _open_quote(self, reason: str) -> InputError:
        return InputError(
            f"{self._path} cannot be read as CSV: {reason}.",
            'Look for a quote (") that is never closed; a quote inside a field has to be doubled.',
        )

    def _undecodable_line(self) -> int:
        with self._binary() as stream:
            return next((number for number, line in enumerate(stream, 1) if not _is_utf8(line)), 1)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def empty_file(path: Path) -> InputError:
    """The error for a file without any text."""
    return InputError(
        f"{path} is empty.", "A CSV file needs a header with the names of its columns, and rows below it."
    )
