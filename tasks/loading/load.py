"""Loading one file in one transaction.

Every row is either loaded or rejected with a reason. Rejected rows are counted, and kept in a file beside the loaded
one. Either all good rows are loaded, or none.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nightcast.errors import InputError
from nightcast.rejections import Rejections
from nightcast.values import new_id
from sql.engine import Database
from sql.ledger.loads import last_load, record_load
from sql.schema import require_current
from sql.settings import Source, SourceName, VisitSource
from sql.source.filling import FillResult, SourceTable
from tasks.loading.checking import Checker
from tasks.loading.converting import Converter
from tasks.loading.files import File, open_file
from tasks.loading.rejected import RejectedFile

REQUIRED: dict[SourceName, tuple[str, ...]] = {
    "visits": ("customer_id", "visited_at"),
    "sales": ("series_id", "period", "value"),
    "covariates": ("period", "name", "value"),
}
"""Columns that a file needs; visits may have an `amount`, and covariates a `series_id` (without: every series)."""


@dataclass(frozen=True)
class LoadRequest:
    """A file to load.

    Attributes:
        source_name: the source to load it into.
        path: a CSV file in UTF-8, which may be gzip-compressed, or a Parquet file.
        columns: the file's column names, keyed by ours: `customer_id`, `visited_at`, `amount`, or `series_id`,
            `period`, `name`, `value`.
        again: load the file even if the same bytes have been loaded before.
        replace: empty the table first, in the same transaction; the file may be one that was loaded before.
        date_format: a ``strptime`` format for dates that are not in ISO 8601.
    """

    source_name: SourceName
    path: Path
    columns: Mapping[str, str]
    again: bool = False
    replace: bool = False
    date_format: str | None = None


@dataclass(frozen=True)
class LoadReport:
    """The result of a load.

    Attributes:
        load_id: the key of its row in `source_load`.
        table: the table that was filled.
        rows: the number of rows loaded.
        rejections: the rejected rows by reason.
        rejected_file: the file with the rejected rows, None if there are none.
        notes: anything else that a person should know.
    """

    load_id: str
    table: str
    rows: int
    rejections: Rejections
    rejected_file: Path | None
    notes: tuple[str, ...]


def load_file(
    database: Database, request: LoadRequest, source: Source, *, timezone: str = "UTC", now: datetime.datetime
) -> LoadReport:
    """Load a file into a source table, in one transaction.

    Visits keep their time of day in the source's time zone; a date without a time remains that date, so that no time
    zone can move it to another day. Sales and covariates replace the rows of the same key in the table; of several
    such rows in the file the last counts. An empty amount or value is unknown, and loaded as null.

    Args:
        database: where the table is.
        request: what to load, and how.
        source: the settings of the source.
        timezone: IANA name of the time zone in which a period with an offset falls on a day.
        now: the clock, aware. Visits after it are rejected, and sales more than `converting.DAYS_AHEAD` days after it.

    Raises:
        InputError: if the file or the table cannot be used, the file was loaded before, no row can be used, or most
            dates cannot be read. Nothing has been written then.
    """
    _require_columns(request)
    file = open_file(request.path, list(request.columns.values()))
    database.require_file()
    require_current(database)
    zone = source.timezone if isinstance(source, VisitSource) else timezone
    converter = Converter(request.source_name, request.columns, zone, request.date_format, now)
    load: dict[str, Any] = {
        "load_id": new_id(),
        "source": request.source_name,
        "file_name": request.path.name,
        "sha256": _sha256(request.path),
        "loaded_at": now,
    }
    with RejectedFile(request.path, file.names) as rejected:
        checker = Checker(request.source_name, converter, rejected)
        with database.write() as connection:
            loaded_before = last_load(connection, request.source_name, load["sha256"])
            table = SourceTable(database, connection, request.source_name, source, list(request.columns), zone)
            _require_first_load(request, table, loaded_before)
            filled = _fill(table, file, checker, request)
            record_load(connection, checker.rejections, rows=filled.rows, **load)
        rejected_file = rejected.keep()
    notes = _notes(request.source_name, filled)
    return LoadReport(load["load_id"], table.name, filled.rows, checker.rejections, rejected_file, notes)


def _require_columns(request: LoadRequest) -> None:
    missing = [name for name in REQUIRED[request.source_name] if name not in request.columns]
    if missing:
        raise InputError(
            f"To load {request.source_name}, the column of the file that holds {missing[0]} has to be named.",
            f"Name it with --{missing[0].replace('_', '-')}.",
        )


def _require_first_load(request: LoadRequest, table: SourceTable, loaded_before: datetime.datetime | None) -> None:
    if loaded_before is None or request.again or request.replace or table.is_new:
        return
    raise InputError(
        f"{request.path} was loaded into {table.name!r} before, on {loaded_before:%Y-%m-%d at %H:%M} UTC.",
        "Load it once more with --again, or replace all rows of the table by the file with --replace.",
    )


def _fill(table: SourceTable, file: File, checker: Checker, request: LoadRequest) -> FillResult:
    if request.replace:
        table.empty()
    for batch in file.batches():
        table.add(checker.usable_rows(batch))
    checker.require_usable(request.path)
    return table.finish()


def _notes(source_name: SourceName, filled: FillResult) -> tuple[str, ...]:
    if not filled.repeated:
        return filled.notes
    key = "series and period" if source_name == "sales" else "series, period and name"
    repeated = f"Rows that repeat the {key} of another row of the file: {filled.repeated}; the last row counts."
    return (repeated, *filled.notes)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
