"""Loading a CSV or Parquet file into a source table: what stands behind `nightcast load`.

The file is read in batches, so that its size does not matter. Every row is either taken or rejected with a reason;
rejected rows are counted, and kept in a file beside the one that was loaded. All good rows come in, or none.
"""

from __future__ import annotations

import csv
import datetime
import difflib
import gzip
import hashlib
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from nightcast.errors import InputError
from nightcast.rejections import Rejections
from nightcast.values import to_day
from sql.conversion import WallClock, read_format, to_local_days, to_numbers, to_wall_clock
from sql.engine import Database
from sql.ledger import new_id
from sql.schema import require_current
from sql.settings import VisitSource
from sql.source_tables import (
    MOMENTS,
    NUMBERS,
    Filled,
    Kind,
    SourceTable,
    find_load,
    moments_as_text,
    record_load,
)
from sql.sources import Source

REQUIRED: dict[Kind, tuple[str, ...]] = {
    "visits": ("customer_id", "visited_at"),
    "sales": ("series_id", "period", "value"),
    "covariates": ("period", "name", "value"),
}
"""What a file has to have; visits may have an `amount`, and covariates a `series_id` (none: every series)."""

BLOCK_BYTES = 4 << 20
PARQUET_ROWS = 100_000
DAYS_AHEAD = 366
"""How far after the clock a sales period may be labelled: a year's label can be its last day."""


@dataclass(frozen=True)
class LoadReport:
    """What became of a file.

    Attributes:
        load_id: the load's row in `source_load`.
        table: the table that was filled.
        rows: rows taken from the file.
        rows_rejected: rows that could not be used.
        rejections: how many for which reason.
        rejected_file: where the rejected rows are kept, None when there are none.
        notes: what else a person should know.
    """

    load_id: str
    table: str
    rows: int
    rows_rejected: int
    rejections: Rejections
    rejected_file: Path | None
    notes: tuple[str, ...]


def load_file(
    database: Database,
    kind: Kind,
    path: Path,
    columns: Mapping[str, str],
    source: Source,
    *,
    again: bool = False,
    replace: bool = False,
    date_format: str | None = None,
    timezone: str = "UTC",
    now: datetime.datetime,
) -> LoadReport:
    """Load a file into the source table that the settings name, in one transaction.

    Visits keep their time of day, on the wall clock of the source's time zone; a date without a time stays that date,
    so that no time zone can move it to another day. Sales and covariates replace what the table holds for the same
    key; of several such rows in the file the last counts. An empty amount or value is unknown, and kept as null.

    Args:
        database: where to.
        kind: which source.
        path: a CSV file (also gzip-compressed) in UTF-8, or a Parquet file.
        columns: the file's column names, keyed by ours: `customer_id`, `visited_at`, `amount`, or `series_id`,
            `period`, `name`, `value`.
        source: the settings of the source.
        again: load a file although the same bytes have been loaded before.
        replace: empty the table first, in the same transaction; a file may replace what it was loaded into before.
        date_format: a ``strptime`` format for dates that are not ISO 8601.
        timezone: IANA name; the zone in which a period with an offset falls on a day.
        now: the clock, aware. Visits after it are rejected, and sales more than `DAYS_AHEAD` days after it.

    Raises:
        InputError: if the file or the table cannot be used, the file was loaded before, or no row is usable, or most
            dates are unreadable; nothing has been written then.
    """
    _require_columns(kind, columns)
    file = open_file(path, list(columns.values()))
    database.require_file()
    require_current(database)
    if isinstance(source, VisitSource):
        timezone = source.timezone
    checker = _Checker(kind, columns, timezone, date_format, now)
    load_id, sha256 = new_id(), _sha256(path)
    with _RejectedFile(path, file.names) as rejected:
        with database.write() as connection:
            loaded_at = find_load(connection, kind, sha256)
            table = SourceTable(database, connection, kind, source, list(columns), timezone)
            if loaded_at is not None and not (again or replace or table.made):
                raise _loaded_before(path, table.name, loaded_at)
            if replace:
                table.empty()
            for batch in file.batches():
                table.add(checker.take(batch, rejected))
            checker.require_usable(path)
            filled = table.finish()
            record_load(
                connection,
                checker.rejections,
                load_id=load_id,
                source=kind,
                file_name=path.name,
                sha256=sha256,
                rows=filled.rows,
                loaded_at=now,
            )
        kept = rejected.keep()
    notes = _notes(filled, kind)
    return LoadReport(load_id, table.name, filled.rows, checker.rejections.rows, checker.rejections, kept, notes)


def _require_columns(kind: Kind, columns: Mapping[str, str]) -> None:
    missing = [name for name in REQUIRED[kind] if name not in columns]
    if missing:
        option = f"--{missing[0].replace('_', '-')}"
        raise InputError(
            f"Loading {kind} needs to know which column of the file is {missing[0]}.", f"Name it with {option}."
        )


def _loaded_before(path: Path, table: str, loaded_at: datetime.datetime) -> InputError:
    return InputError(
        f"{path} was loaded into {table!r} before, on {loaded_at:%Y-%m-%d at %H:%M} UTC.",
        "Use --again to load it once more, or --replace to have nothing but this file in the table.",
    )


def _notes(filled: Filled, kind: Kind) -> tuple[str, ...]:
    if not filled.repeated:
        return filled.notes
    key = "series and period" if kind == "sales" else "series, period and name"
    repeated = f"Rows that repeat the {key} of another row of the file: {filled.repeated}; the last row counts."
    return (repeated, *filled.notes)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# --- Reading files in batches ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MalformedRow:
    """A line of a CSV file that has too few or too many fields."""

    line: int
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Batch:
    """Some rows of a file.

    Attributes:
        columns: the file's columns, keyed by name, each of shape (n,); of two of one name, the last.
        lines: int64 (n,), the line of a CSV file that each row starts on, or the number of a Parquet row, from 1.
        malformed: lines that are no rows.
    """

    columns: dict[str, pa.Array]
    lines: NDArray[np.int64]
    malformed: Sequence[MalformedRow] = ()


def open_file(path: Path, wanted: Sequence[str]) -> CsvFile | ParquetFile:
    """Open a file by what its first bytes say it is.

    Args:
        path: the file.
        wanted: the columns it has to have.

    Raises:
        InputError: if there is no such file, it is of no kind that can be read, or it lacks a wanted column.
    """
    start = _first_bytes(path)
    if start.startswith(b"PK\x03\x04"):
        raise InputError(f"{path} is an Excel workbook or a ZIP file.", "Save it as CSV (UTF-8), or unpack it.")
    if path.suffix == ".parquet" and not start.startswith(b"PAR1"):
        raise InputError(f"{path} is no Parquet file, whatever its name says.", "Rename it, or write it once more.")
    is_parquet = start.startswith(b"PAR1")
    file = ParquetFile(path) if is_parquet else CsvFile(path, wanted, is_compressed=start.startswith(b"\x1f\x8b"))
    for name in wanted:
        _require_column(path, name, file.names)
    return file


def _first_bytes(path: Path) -> bytes:
    if path.is_dir():
        raise InputError(f"{path} is a folder.", "Name one CSV or Parquet file in it.")
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Check the path and the rights.") from None
    if not start:
        raise _empty(path)
    return start


def _empty(path: Path) -> InputError:
    return InputError(f"{path} is empty.", "A CSV file needs a line with the names of its columns, and rows below it.")


def _require_column(path: Path, name: str, names: Sequence[str]) -> None:
    if names.count(name) == 1:
        return
    if names.count(name) > 1:
        raise InputError(f"{path} has {names.count(name)} columns named {name!r}.", "Rename all but one of them.")
    near = difflib.get_close_matches(name.lower(), [other.lower() for other in names], n=1)
    hint = next((f" Did you mean {other!r}?" for other in names if near and other.lower() == near[0]), "")
    listed = ", ".join(repr(other) for other in names[:12]) + (" and more" if len(names) > 12 else "")
    raise InputError(f"{path} has no column {name!r}; its columns are {listed}.", f"Name one of these.{hint}")


class ParquetFile:
    """A Parquet file.

    Attributes:
        names: its columns, those that hold lists or structures left out.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = pyarrow.parquet.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from None
        self.names = [column.name for column in self._file.schema_arrow if not pa.types.is_nested(column.type)]

    def batches(self) -> Iterator[Batch]:
        """All rows, in order."""
        row = 1
        with closing(self._file):
            try:
                for batch in self._file.iter_batches(PARQUET_ROWS, columns=self.names):
                    lines = np.arange(row, row + batch.num_rows)
                    row += batch.num_rows
                    yield Batch(dict(zip(batch.schema.names, map(_plain, batch.columns), strict=True)), lines)
            except (pa.ArrowException, OSError) as error:
                raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> InputError:
        return InputError(f"{self._path} cannot be read as Parquet: {_first_line(error)}.", "Write it once more.")


def _plain(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


class CsvFile:
    """A CSV file, all columns as text; separated by commas, semicolons or tabs, as its first line is.

    Attributes:
        names: its columns.
    """

    def __init__(self, path: Path, wanted: Sequence[str], *, is_compressed: bool) -> None:
        self._path = path
        self._is_compressed = is_compressed
        header, self._header_lines = self._read_header()
        splits = [(delimiter, _split(header, delimiter)) for delimiter in ",;\t"]
        self._delimiter, self.names = max(splits, key=lambda split: (len({*wanted} & {*split[1]}), len(split[1])))

    def batches(self) -> Iterator[Batch]:
        """All rows, in order; lines without any text are no rows."""
        positions = [str(position) for position in range(len(self.names))]
        counter, malformed = _LineCounter(self._header_lines), list[Any]()
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

    def _numbered(self, columns: list[pa.Array], counter: _LineCounter, malformed: list[Any]) -> Batch:
        lines, bad = counter.place(columns, malformed)
        has_text = np.zeros(len(lines), dtype=np.bool_)
        for column in columns:
            has_text |= np.asarray(pc.not_equal(column, ""))
        mask = pa.array(has_text)
        kept = {name: column.filter(mask) for name, column in zip(self.names, columns, strict=True)}
        split = [MalformedRow(line, self._split(line, text)) for line, text in bad if text.strip()]
        return Batch(kept, lines[has_text], split)

    def _split(self, line: int, text: str) -> tuple[str, ...]:
        if text.count('"') % 2:  # it has swallowed all lines that follow
            raise self._open_quote(f"a quote that opens on line {line} is never closed")
        return tuple(_split(text, self._delimiter))

    def _read_header(self) -> tuple[str, int]:
        """The line with the names, which may be several when a name is quoted, and how many lines it ends after."""
        header, lines = "", 0
        try:
            with self._binary() as binary, io.TextIOWrapper(binary, "utf-8-sig", newline="") as stream:
                while (not header.strip() or header.count('"') % 2) and (line := stream.readline(BLOCK_BYTES)):
                    header, lines = (header + line if header.strip() else line), lines + 1
        except (UnicodeDecodeError, OSError, EOFError) as error:
            raise self._unreadable(error) from None
        if not header.strip():
            raise _empty(self._path)
        return header.rstrip("\r\n"), lines

    def _binary(self) -> Any:
        return gzip.open(self._path) if self._is_compressed else self._path.open("rb")

    def _unreadable(self, error: Exception) -> InputError:
        if isinstance(error, UnicodeDecodeError) or "UTF8" in str(error):
            return InputError(
                f"{self._path} is not in UTF-8: line {self._undecodable_line()} holds other bytes.",
                "Save it as UTF-8, or convert it: iconv -f WINDOWS-1252 -t UTF-8 OLD.csv > NEW.csv",
            )
        if self._is_compressed and isinstance(error, OSError | EOFError):
            return InputError(f"{self._path} is damaged: it does not unpack to its end.", "Copy or make it once more.")
        return self._open_quote(_first_line(error))

    def _open_quote(self, reason: str) -> InputError:
        return InputError(
            f"{self._path} cannot be read as CSV: {reason}.",
            'Look for a quote (") that is opened and never closed; one inside a field is written twice.',
        )

    def _undecodable_line(self) -> int:
        with self._binary() as stream:
            return next((number for number, line in enumerate(stream, 1) if not _is_utf8(line)), 1)


def _split(text: str, delimiter: str) -> list[str]:
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


class _LineCounter:
    """Tells which line of a CSV file a row starts on, where malformed lines and line breaks in fields come between."""

    def __init__(self, header_lines: int) -> None:
        self._next_record = header_lines + 1
        self._breaks = 0

    def place(self, columns: Sequence[pa.Array], malformed: list[Any]) -> tuple[NDArray[np.int64], list[Any]]:
        """The lines of the next rows, and the malformed rows up to their end with the lines of those.

        Args:
            columns: the rows, each column of shape (n,).
            malformed: Arrow's invalid rows in the order of the file; those that are placed are removed.

        Returns:
            int64 (n,), and pairs of line and text.
        """
        rows = np.arange(len(columns[0]))
        # How many of these rows stand before each malformed one, which Arrow numbers among all.
        before = np.array([bad.number - self._next_record - rank for rank, bad in enumerate(malformed)], dtype=np.int64)
        placed = malformed[: int(np.count_nonzero(before <= len(rows)))]
        before = before[: len(placed)]
        del malformed[: len(placed)]
        breaks = _running(sum(np.asarray(pc.count_substring(column, "\n")) for column in columns))
        bad_breaks = _running(np.array([bad.text.count("\n") for bad in placed], dtype=np.int64))
        passed = np.searchsorted(before, rows, side="right")
        start = self._next_record + self._breaks
        lines = start + rows + passed + breaks[:-1] + bad_breaks[passed]
        bad_lines = start + before + np.arange(len(placed)) + breaks[before] + bad_breaks[:-1]
        self._next_record += len(rows) + len(placed)
        self._breaks += int(breaks[-1] + bad_breaks[-1])
        return lines, [(int(line), bad.text) for line, bad in zip(bad_lines, placed, strict=True)]


def _running(counts: Any) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])


# --- Telling good rows from bad ---------------------------------------------------------------------------------------


@dataclass
class _Faults:
    """Which rows are bad, and why; the first fault of a row counts.

    Attributes:
        code: int64 (n,), 0 for a good row, else the position of its reason, from 1.
        reasons: pairs of a reason and the file's column that it is about, None where its value may not be shown.
    """

    code: NDArray[np.int64]
    reasons: list[tuple[str, str | None]] = field(default_factory=list)

    def add(self, bad: NDArray[np.bool_], reason: str, column: str | None = None) -> NDArray[np.bool_]:
        """Note a fault; returns the rows whose first fault it is."""
        fresh: NDArray[np.bool_] = bad & (self.code == 0)
        self.reasons.append((reason, column))
        self.code[fresh] = len(self.reasons)
        return fresh


class _Checker:
    """Turns batches of a file into rows of the source table, and tallies what cannot be used."""

    def __init__(
        self,
        kind: Kind,
        columns: Mapping[str, str],
        timezone: str,
        date_format: str | None,
        now: datetime.datetime,
    ) -> None:
        self.rejections = Rejections()
        self._kind, self._columns, self._timezone = kind, columns, timezone
        self._date_format, self._now = date_format, now
        self._rows = 0
        self._unreadable_dates: list[str] = []
        self._unreadable = 0

    def take(self, batch: Batch, rejected: _RejectedFile) -> pa.Table:
        """The usable rows of a batch, by our column names; the others are counted and kept."""
        faults = _Faults(np.zeros(len(batch.lines), dtype=np.int64))
        taken = {ours: self._convert(ours, theirs, batch.columns[theirs], faults) for ours, theirs in self._ordered()}
        self._rows += len(batch.lines) + len(batch.malformed)
        self._reject(batch, faults, rejected)
        self._reject_malformed(batch.malformed, rejected)
        return pa.table(taken).filter(pa.array(faults.code == 0))

    def require_usable(self, path: Path) -> None:
        """Refuse a file of which no row, or for their dates only a small part, can be used.

        Raises:
            InputError: names the chief reason.
        """
        if not self._rows:
            raise InputError(f"{path} has a header and no rows.", "Nothing has been loaded.")
        if self._unreadable * 2 > self._rows:
            raise InputError(
                f"{self._unreadable} of {self._rows} rows of {path} have a date that is not {self._format_name()}, "
                f"such as {' and '.join(repr(text) for text in self._unreadable_dates)}. Nothing has been loaded.",
                "Say how the dates are written: --date-format '%d/%m/%Y' reads 31/12/2024, "
                "--date-format '%m/%d/%Y %H:%M' reads 12/31/2024 17:45.",
            )
        if self.rejections.rows == self._rows:
            chief = max(self.rejections, key=lambda rejection: rejection.rows)
            raise InputError(
                f"None of the {self._rows} rows of {path} can be used: {chief.reason} ({chief.rows} rows; "
                f"{chief.example}). Nothing has been loaded.",
                "Check which column is named for what.",
            )

    def _ordered(self) -> list[tuple[str, str]]:
        """Identifiers first, then moments, then numbers: the order in which a row's faults are told."""
        return sorted(self._columns.items(), key=lambda item: (item[0] in NUMBERS, item[0] in MOMENTS))

    def _convert(self, ours: str, theirs: str, column: pa.Array, faults: _Faults) -> pa.Array:
        if ours in MOMENTS:
            return self._moments(theirs, column, faults)
        if ours in NUMBERS:
            return self._numbers(theirs, column, faults)
        return self._identifiers(ours, theirs, column, faults)

    def _identifiers(self, ours: str, theirs: str, column: pa.Array, faults: _Faults) -> pa.Array:
        texts = _as_texts(column)
        empty = np.asarray(pc.equal(texts, ""))
        if self._kind == "covariates" and ours == "series_id":
            texts = pc.if_else(pa.array(empty), pa.scalar(None, pa.string()), texts)
        else:
            faults.add(empty, f"{theirs} is empty")
        faults.add(np.asarray(pc.match_substring(texts, "\0").fill_null(False)), f"{theirs} holds a null character")
        return texts

    def _numbers(self, theirs: str, column: pa.Array, faults: _Faults) -> pa.Array:
        if not (_is_text(column.type) or _is_number(column.type)):
            column = _as_texts(column)
        numbers = to_numbers(column)
        faults.add(numbers.unreadable, f"{theirs} is not a finite number", theirs)
        return pa.array(numbers.value, from_pandas=True)

    def _moments(self, theirs: str, column: pa.Array, faults: _Faults) -> pa.Array:
        if _is_text(column.type) or _is_number(column.type):
            column = _as_texts(column)
            faults.add(np.asarray(pc.equal(pc.utf8_trim_whitespace(column), "")), f"{theirs} is empty")
        read = self._read(column)
        if self._kind == "visits":
            return self._visits(theirs, column, read, faults)
        days = to_local_days(read, self._timezone, self._timezone, self._now)
        self._add_unreadable(theirs, column, days.unreadable, faults)
        if self._kind == "sales":
            last = to_day(self._now.astimezone(ZoneInfo(self._timezone)).date()) + DAYS_AHEAD
            faults.add(days.day > last, f"{theirs} is more than {DAYS_AHEAD} days after the clock", theirs)
        return pa.array(days.day).cast(pa.date32())

    def _visits(self, theirs: str, column: pa.Array, read: pa.Array, faults: _Faults) -> pa.Array:
        clock = to_wall_clock(read, self._timezone, self._now)
        self._add_unreadable(theirs, column, clock.unreadable, faults)
        faults.add(clock.future, f"{theirs} is after the clock", theirs)
        return _moments_of(clock)

    def _read(self, column: pa.Array) -> pa.Array:
        if self._date_format is None or not _is_text(column.type):
            return column
        try:
            return read_format(column, self._date_format)
        except ValueError as error:
            raise InputError(
                f"--date-format {self._date_format!r} is no format: {_first_line(error)}.",
                "Write it like '%d/%m/%Y' or '%Y-%m-%d %H:%M:%S'.",
            ) from None

    def _add_unreadable(self, theirs: str, column: pa.Array, unreadable: NDArray[np.bool_], faults: _Faults) -> None:
        fresh = faults.add(unreadable, f"{theirs} is not {self._format_name()}", theirs)
        self._unreadable += int(np.count_nonzero(fresh))
        wanted = 2 - len(self._unreadable_dates)
        self._unreadable_dates += _as_texts(column.take(np.flatnonzero(fresh)[:wanted])).to_pylist()

    def _format_name(self) -> str:
        return f"in the format {self._date_format}" if self._date_format else "an ISO 8601 date or timestamp"

    def _reject(self, batch: Batch, faults: _Faults, rejected: _RejectedFile) -> None:
        bad = np.flatnonzero(faults.code)
        if not bad.size:
            return
        for position, (reason, column) in enumerate(faults.reasons, 1):
            rows = np.flatnonzero(faults.code == position)
            if rows.size:
                self.rejections.add(self._kind, reason, rows.size, _example(batch, int(rows[0]), column))
        reasons = np.array([reason for reason, _ in faults.reasons], dtype=object)[faults.code[bad] - 1]
        columns = [_as_texts(column.take(bad)) for column in batch.columns.values()]
        rejected.write([*columns, pa.array(reasons, pa.string()), pa.array(batch.lines[bad])])

    def _reject_malformed(self, malformed: Sequence[MalformedRow], rejected: _RejectedFile) -> None:
        if not malformed:
            return
        width = rejected.width
        reasons = [f"{len(row.fields)} fields instead of {width}" for row in malformed]
        for row, reason in zip(malformed, reasons, strict=True):
            self.rejections.add(self._kind, "wrong number of fields", 1, f"line {row.line}: {reason}")
        fitted = [(*row.fields[: width - 1], ",".join(row.fields[width - 1 :])) for row in malformed]
        columns = [pa.array([row[at] if at < len(row) else "" for row in fitted], pa.string()) for at in range(width)]
        lines = pa.array([row.line for row in malformed], pa.int64())
        rejected.write([*columns, pa.array([f"wrong number of fields: {reason}" for reason in reasons]), lines])


def _example(batch: Batch, row: int, column: str | None) -> str:
    line = f"line {batch.lines[row]}"
    if column is None:
        return line
    value = _as_texts(batch.columns[column].slice(row, 1))[0].as_py()
    return f"{line}: {column} is {value[:40]!r}"


def _moments_of(clock: WallClock) -> pa.Array:
    """Dates where all are, timestamps where none is, texts of either kind in between."""
    moments = pa.array(clock.microseconds).cast(pa.timestamp("us"))
    usable = ~clock.unreadable
    if clock.is_date[usable].all():
        return moments.cast(pa.timestamp("s"), safe=False).cast(pa.date32())
    if not clock.is_date.any():
        return moments
    dates = moments.cast(pa.date32(), safe=False).cast(pa.string())
    return pc.if_else(pa.array(clock.is_date), dates, moments_as_text(moments))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _as_texts(column: pa.Array) -> pa.Array:
    """Any column as text without nulls; whole numbers without a fraction, however they are stored."""
    if pa.types.is_floating(column.type):
        with suppress(pa.ArrowInvalid):
            column = column.cast(pa.int64())
    try:
        return column.cast(pa.string()).fill_null("")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array([str(value) for value in column.to_pylist()], pa.string())


# --- Keeping rejected rows --------------------------------------------------------------------------------------------


class _RejectedFile:
    """The file that rejected rows are kept in: written on the side, and put in its place once the load has succeeded.

    Attributes:
        width: how many columns the loaded file has.
    """

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self.width = len(names)
        self._folders = (path.absolute().parent, Path.cwd())
        self._name = f"{path.name}.rejected.csv"
        kinds = [pa.field(name, pa.string()) for name in (*names, "reason")]
        self._schema = pa.schema([*kinds, pa.field("line", pa.int64())])
        self._partial: Path | None = None
        self._writer: Any = None

    def __enter__(self) -> _RejectedFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        if self._partial is not None:
            self._partial.unlink(missing_ok=True)

    def write(self, columns: Sequence[pa.Array]) -> None:
        """Keep rows: the columns of the loaded file as text, the reasons and the lines."""
        if self._writer is None:
            self._partial = self._choose_place()
            self._writer = pyarrow.csv.CSVWriter(str(self._partial), self._schema)
        self._writer.write_batch(pa.record_batch(list(columns), schema=self._schema))

    def keep(self) -> Path | None:
        """Put the file in its place, or remove the one of an earlier load; returns where it is."""
        self._close()
        if self._partial is None:
            with suppress(OSError):
                (self._folders[0] / self._name).unlink(missing_ok=True)
            return None
        place = self._partial.with_name(self._name)
        os.replace(self._partial, place)
        self._partial = None
        return place

    def _choose_place(self) -> Path:
        for folder in self._folders:
            partial = folder / f"{self._name}.{os.getpid()}.partial"
            with suppress(OSError):
                partial.touch()
                return partial
        raise InputError(
            f"There are rows to reject, and neither {self._folders[0]} nor {self._folders[1]} can be written to.",
            "Run it in a folder where the rejected rows can be kept.",
        )

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
