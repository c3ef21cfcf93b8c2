"""Loading one file in one transaction.

Every row is either loaded or rejected with a reason. Rejected rows are counted, and kept in a file beside the loaded
one. Either all good rows are loaded, or none.
"""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path
from typing import Any

from nightcast.errors import InputError
from nightcast.values import new_id
from sql.engine import Database
from sql.filling.fill import KEYS, FillResult, SourceTable
from sql.ledger.loads import last_load, record_load
from sql.schema import require_current
from sql.settings import Source
from tasks.loading.checking import Checker
from tasks.loading.converting import Converter
from tasks.loading.files.opening import open_file
from tasks.loading.merging import RowsByKey, groups_of
from tasks.loading.rejected import RejectedFile
from tasks.loading.request import LoadReport, LoadRequest, time_zone
from tasks.loading.selection import SelectedFile
from tasks.loading.survey import survey


def load_file(
    database: Database, request: LoadRequest, source: Source, *, timezone: str = "UTC", now: datetime.datetime
) -> LoadReport:
    """Load a file into a source table, in one transaction.

    Visits keep their time of day in the source's time zone; a date without a time remains that date, so that no time
    zone can move it to another day. Visits that the table has already are not added again. Sales and covariates replace
    the rows of the same key in the table. An empty amount or value is unknown, and loaded as null.

    Args:
        database: where the table is.
        request: what to load, and how.
        source: the settings of the source.
        timezone: IANA name of the time zone in which a period with an offset falls on a day.
        now: the clock, aware. Visits after it are rejected, unless they are bookings, and sales more than `DAYS_AHEAD`
            days after it, see `tasks.loading.moment_converting`.

    Raises:
        UsageError: if the request contradicts itself.
        InputError: if the file or the table cannot be used, the file was loaded before, no row can be used, its numbers
            can be read in two ways, or most dates cannot be read. Nothing has been written then.
    """
    file = SelectedFile(open_file(request.path, request.wanted()), request.selection())
    database.require_file()
    require_current(database)
    zone = time_zone(source, timezone)
    found = survey(file, request)
    converter = Converter(request, found.number_form, zone, now)
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
            columns = list(request.columns)
            table = SourceTable(
                database, connection, request.source_name, source, columns, zone, add_known=request.add_known
            )
            _require_first_load(request, table, loaded_before)
            filled, merged = _fill(table, file, checker, request)
            record_load(connection, checker.rejections, rows=filled.rows, rows_known=filled.known, **load)
        rejected_file = rejected.keep()
    notes = (*found.notes, *file.notes(), *converter.notes(), *merged, *filled.notes)
    return LoadReport(load["load_id"], table.name, filled.rows, filled.known, checker.rejections, rejected_file, notes)


def _require_first_load(request: LoadRequest, table: SourceTable, loaded_before: datetime.datetime | None) -> None:
    if loaded_before is None or request.again or request.replace or table.is_new:
        return
    raise InputError(
        f"{request.path} was loaded into {table.name!r} before, on {loaded_before:%Y-%m-%d at %H:%M} UTC.",
        "Load what the table lacks with --again, or replace all rows of the table by the file with --replace.",
    )


def _fill(
    table: SourceTable, file: SelectedFile, checker: Checker, request: LoadRequest
) -> tuple[FillResult, list[str]]:
    """Fill the table; also returns what a person should know about rows that were merged."""
    if request.replace:
        table.empty()
    key = KEYS[request.source_name]
    names, groups = [name for name in key if name != "period"], groups_of(request.columns)
    gathered = RowsByKey(names, groups) if key else None
    for batch in file.batches():
        rows = checker.usable_rows(batch)
        table.add(rows) if gathered is None else gathered.add(rows)
    checker.require_usable(request.path)
    if gathered is None:
        return table.finish(), []
    merged = gathered.merged(request.duplicates)
    table.add(merged.rows)
    return table.finish(), [merged.note] if merged.note else []


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
