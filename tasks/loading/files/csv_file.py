"""Reading CSV files, plain or gzip-compressed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from nightcast.errors import InputError, first_line
from tasks.loading.files.batches import Batch, MalformedRow, distinct_names
from tasks.loading.files.csv_head import encoding_of, open_bytes, open_quote, read_head, split_line
from tasks.loading.files.line_counter import LineCounter

BLOCK_BYTES = 4 << 20


class CsvFile:
    """A CSV file with all columns as text; its first lines decide how it is encoded and delimited.

    Attributes:
        names: the names of its columns.
    """

    def __init__(self, path: Path, wanted: Sequence[str], *, is_compressed: bool) -> None:
        self._path = path
        self._is_compressed = is_compressed
        try:
            self._head = read_head(path, wanted, is_compressed=is_compressed)
        except (UnicodeError, OSError, EOFError) as error:
            raise self._unreadable(error) from None
        self.names = list(self._head.names)

    def batches(self) -> Iterator[Batch]:
        """All rows, in order; empty lines are ignored."""
        positions = [str(position) for position in range(len(self.names) + self._head.spare_fields)]
        counter, malformed = LineCounter(self._head.lines), list[Any]()
        try:
            with pa.input_stream(self._path, "gzip" if self._is_compressed else None) as stream:
                for batch in self._open(stream, positions, malformed):
                    yield self._numbered(batch.columns, counter, malformed)
                yield self._numbered([pa.array([], pa.string())] * len(positions), counter, malformed)
        except (pa.ArrowException, OSError, UnicodeError) as error:
            raise self._unreadable(error) from None

    def _open(self, stream: Any, positions: list[str], malformed: list[Any]) -> Iterator[pa.RecordBatch]:
        def skip(row: Any) -> str:
            malformed.append(row)
            return "skip"

        try:
            yield from pyarrow.csv.open_csv(
                stream,
                pyarrow.csv.ReadOptions(
                    use_threads=False,
                    block_size=BLOCK_BYTES,
                    column_names=positions,
                    skip_rows=self._head.lines,
                    encoding="utf8" if self._head.encoding == "utf-8-sig" else self._head.encoding,
                ),
                pyarrow.csv.ParseOptions(
                    delimiter=self._head.delimiter,
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
        columns = [_without_byte_order_marks(columns[0]), *columns[1:]]
        rows = [self._malformed_row(line, text) for line, text in bad if text.strip()]
        if self._head.spare_fields:
            is_spilled = _has_text(columns[len(self.names) :])
            rows += _rows_of(columns, lines, is_spilled)
            columns = [column.filter(pa.array(~is_spilled)) for column in columns[: len(self.names)]]
            lines = lines[~is_spilled]
        columns, lines = _with_whole(columns, lines, [row for row in rows if row.is_whole(len(self.names))])
        has_text = _has_text(columns)
        kept = (column.filter(pa.array(has_text)) for column in columns)
        malformed_rows = sorted((row for row in rows if not row.is_whole(len(self.names))), key=lambda row: row.line)
        return Batch(dict(zip(distinct_names(self.names), kept, strict=True)), lines[has_text], malformed_rows)

    def _malformed_row(self, line: int, text: str) -> MalformedRow:
        if text.count('"') % 2:  # the open quote has taken all lines that follow into the field
            raise open_quote(self._path, f"a quote that opens on line {line} is never closed")
        return MalformedRow(line, tuple(split_line(self._path, text, self._head.delimiter, f"line {line}")))

    def _unreadable(self, error: Exception) -> InputError:
        if isinstance(error, UnicodeError) or "UTF8" in str(error):
            return self._undecodable()
        if self._is_compressed and isinstance(error, OSError | EOFError):
            return InputError(
                f"{self._path} is damaged: it cannot be decompressed to its end.", "Copy or write it again."
            )
        return open_quote(self._path, first_line(error))

    def _undecodable(self) -> InputError:
        if encoding_of(self._path, is_compressed=self._is_compressed) == "utf-16":
            return InputError(f"{self._path} is damaged: its UTF-16 cannot be decoded.", "Copy or write it again.")
        with open_bytes(self._path, is_compressed=self._is_compressed) as stream:
            start = stream.read(2)
        # Of a letter in UTF-16 one byte is zero.
        encoding = "UTF-16LE" if start[1:] == b"\0" else "UTF-16BE" if start[:1] == b"\0" else "WINDOWS-1252"
        return InputError(
            f"{self._path} is not in UTF-8: line {self._undecodable_line()} cannot be decoded.",
            f"Save it as UTF-8, or convert it: iconv -f {encoding} -t UTF-8 OLD.csv > NEW.csv",
        )

    def _undecodable_line(self) -> int:
        with open_bytes(self._path, is_compressed=self._is_compressed) as stream:
            return next((number for number, line in enumerate(stream, 1) if not _is_utf8(line)), 1)


def _without_byte_order_marks(first: pa.Array) -> pa.Array:
    """The first column without the marks at the beginning of files that were joined to this one."""
    return pc.replace_substring_regex(first, "^\ufeff", "")


def _has_text(columns: Sequence[pa.Array]) -> NDArray[np.bool_]:
    """Which rows have text in any of these columns."""
    has_text = np.zeros(len(columns[0]), dtype=np.bool_)
    for column in columns:
        has_text |= np.asarray(pc.not_equal(column, ""))
    return has_text


def _rows_of(columns: Sequence[pa.Array], lines: NDArray[np.int64], mask: NDArray[np.bool_]) -> list[MalformedRow]:
    rows = pa.array(np.flatnonzero(mask))
    fields = zip(*(column.take(rows).to_pylist() for column in columns), strict=True)
    return [MalformedRow(int(line), row) for line, row in zip(lines[mask], fields, strict=True)]


def _with_whole(
    columns: list[pa.Array], lines: NDArray[np.int64], whole: list[MalformedRow]
) -> tuple[list[pa.Array], NDArray[np.int64]]:
    """The rows together with those that are whole but for a delimiter at their end, in the order of the file."""
    if not whole:
        return columns, lines
    fields = zip(*(row.fields[: len(columns)] for row in whole), strict=True)
    lines = np.concatenate([lines, [row.line for row in whole]])
    order = pa.array(np.argsort(lines))
    joined = [
        pa.concat_arrays([column, pa.array(more, pa.string())]).take(order)
        for column, more in zip(columns, fields, strict=True)
    ]
    return joined, np.sort(lines)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
