"""Loading one file in one transaction.

Every row is either taken or rejected with a reason; rejected rows are counted, and kept in a file beside the one that
was loaded. All good rows come in, or none.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nightcast.errors import InputError
from nightcast.rejections import Rejections
from sql.engine import Database
from sql.ledger.runs import new_id
from sql.schema import require_current
from sql.settings import VisitSource
from sql.source.filling import Filled, Kind, SourceTable
from sql.source.finding import Source
from sql.source.loads import find_load, record_load
from tasks.loading.checking import Checker
from tasks.loading.converting import Converter
from tasks.loading.files import open_file
from tasks.loading.rejected import RejectedFile

REQUIRED: dict[Kind, tuple[str, ...]] = {
    "visits": ("customer_id", "visited_at"),
    "sales": ("series_id", "period", "value"),
    "covariates": ("period", "name", "value"),
}
"""What a file has to have; visits may have an `amount`, and covariates a `series_id` (none: every series)."""


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
        now: the clock, aware. Visits after it are rejected, and sales more than `converting.DAYS_AHEAD` days after it.

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
    load_id, sha256 = new_id(), _sha256(path)
    with RejectedFile(path, file.names) as rejected:
        checker = Checker(kind, Converter(kind, columns, timezone, date_format, now), rejected)
        with database.write() as connection:
            loaded_at = find_load(connection, kind, sha256)
            table = SourceTable(database, connection, kind, source, list(columns), timezone)
            if loaded_at is not None and not (again or replace or table.made):
                raise _loaded_before(path, table.name, loaded_at)
            if replace:
                table.empty()
            for batch in file.batches():
                table.add(checker.take(batch))
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
