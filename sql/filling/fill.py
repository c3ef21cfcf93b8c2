"""Filling the source tables, as `nightcast load` does.

A `SourceTable` takes rows in batches, in the caller's transaction. Visits are appended, but for those that the table
has already; sales and covariates replace the rows of the same key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nightcast.errors import UsageError
from sql.engine import Database
from sql.filling.columns import GROUP, MOMENTS, NUMBERS, is_group, moments_as_text, type_of
from sql.filling.known_rows import NewRows
from sql.filling.table import create_table, existing_table, table_name
from sql.filling.upsert import Upsert
from sql.settings import Source, SourceName
from sql.source.lookup import source_exists
from sql.writing import append, explained_refusal, nulls_for_nan, qualified_name

KEYS: dict[SourceName, tuple[str, ...]] = {
    "visits": (),
    "sales": ("series_id", "period"),
    "covariates": ("series_id", "period", "name"),
}
"""The columns that identify a row; rows of a source without a key are appended."""

OPTIONAL_KEYS: dict[SourceName, tuple[str, ...]] = {"visits": (), "sales": (), "covariates": ("series_id",)}
"""The columns of the key that may be null: a covariate without a series applies to every series."""


@dataclass(frozen=True)
class FillResult:
    """The result of filling a source table.

    Attributes:
        rows: the number of rows that are now in the table: appended, or put in the place of others.
        known: the number of rows that were in the table: visits that were not added again, or rows that were replaced.
        notes: how the table keeps the rows, where it changes them.
    """

    rows: int
    known: int
    notes: tuple[str, ...]


class SourceTable:
    """A source table to fill in one transaction; created if it does not exist.

    Args:
        database: where the table is.
        connection: open for writing, to that database.
        source_name: which source.
        source: its settings, which name the table and the columns.
        columns: the columns of the rows to come, by our names; those of groups begin with `GROUP`.
        timezone: IANA name of the time zone of the moments.
        add_known: whether visits are added that the table has already.

    Attributes:
        name: the table's name in the settings.
        is_new: whether the table was created.

    Raises:
        InputError: if the source is a query or a view, or the table lacks a column to fill.
        UsageError: if a column of groups has the name of another column of the table.
    """

    def __init__(
        self,
        database: Database,
        connection: Connection,
        source_name: SourceName,
        source: Source,
        columns: Sequence[str],
        timezone: str,
        *,
        add_known: bool = False,
    ) -> None:
        section, key = f"source.{source_name}", KEYS[source_name]
        self.name = table_name(section, source)
        self.is_new = not source_exists(database, source)
        names: dict[str, str] = source.columns.model_dump()
        names |= _groups(columns, set(names.values()))
        self._connection = connection
        self._columns = {name: names[name] for name in dict.fromkeys((*key, *columns))}
        self._rows = 0
        self._notes: dict[str, None] = {}
        self._table = (
            create_table(connection, self.name, [_new_column(source_name, *pair) for pair in names.items()])
            if self.is_new
            else existing_table(database, connection, section, source, self._columns)
        )
        self._upsert = Upsert(connection, self._table, self._columns, key, OPTIONAL_KEYS[source_name]) if key else None
        self._new_rows: NewRows | None = None
        self._has_rows = not self.is_new and not add_known
        if connection.dialect.name == "postgresql":
            # A column with time zone takes a naive moment to be in the session's time zone.
            connection.execute(sa.select(sa.func.set_config("TimeZone", timezone, True)))

    def empty(self) -> None:
        """Remove all rows."""
        with explained_refusal(self.name):
            self._connection.execute(sa.delete(self._table))
        self._has_rows = False

    def add(self, rows: pa.Table) -> None:
        """Add rows.

        Args:
            rows: columns by our names: identifiers as text; moments as ISO 8601 text, naive timestamps or dates;
                numbers as doubles, unknown ones null or NaN. Where the source has a key, each row has one of its own.
        """
        if not rows.num_rows:
            return
        stored = nulls_for_nan(pa.table({theirs: _stored(rows, ours) for ours, theirs in self._columns.items()}))
        with explained_refusal(self.name):
            if self._upsert is not None:
                self._upsert.add(stored)
            else:
                self._make_room_for_times(stored)
                self._append(stored)
        self._rows += int(rows.num_rows)

    def finish(self) -> FillResult:
        """Move staged rows to the table."""
        known = 0
        with explained_refusal(self.name):
            if self._upsert is not None:
                known = self._upsert.merge()
            elif self._new_rows is not None:
                known = self._rows - self._new_rows.insert()
                self._rows -= known
        return FillResult(self._rows, known, tuple(self._notes))

    def _append(self, rows: pa.Table) -> None:
        if not self._has_rows:
            append(self._connection, self._table, rows)
            return
        if self._new_rows is None:
            self._new_rows = NewRows(self._connection, self._table, self._columns, "visited_at")
        self._new_rows.add(rows)

    def _make_room_for_times(self, rows: pa.Table) -> None:
        """Keep dates as dates, and times of day where the column can hold them."""
        column = self._table.c[self._columns["visited_at"]]
        if not isinstance(column.type, sa.Date | sa.DateTime) or (
            self.is_new and self._connection.dialect.name != "postgresql"  # elsewhere a new column is text
        ):
            return
        has_time = pc.greater(pc.utf8_length(rows[column.name]), len("2000-01-01"))
        if isinstance(column.type, sa.Date) and pc.any(has_time).as_py():
            self._widen(column) if self.is_new else self._note(
                f"The column {column.name!r} of {self.name!r} holds dates: times of day are left out."
            )
        if isinstance(column.type, sa.DateTime) and not pc.all(has_time).as_py():
            self._note(f"The column {column.name!r} of {self.name!r} holds times: a date is kept as midnight.")

    def _widen(self, column: sa.Column[Any]) -> None:
        name = self._connection.dialect.identifier_preparer.quote(column.name)
        table = qualified_name(self._connection, self._table)
        self._connection.exec_driver_sql(f"ALTER TABLE {table} ALTER COLUMN {name} TYPE TIMESTAMP")
        column.type = sa.DateTime()

    def _note(self, note: str) -> None:
        self._notes[note] = None


def _groups(columns: Sequence[str], taken: set[str]) -> dict[str, str]:
    """The names of the columns of groups in the table, keyed by ours."""
    groups = {ours: ours.removeprefix(GROUP) for ours in columns if is_group(ours)}
    for name in taken.intersection(groups.values()):
        raise UsageError(
            f"--group {name} is impossible: the table has a column {name!r} that holds something else.",
            "Rename the column of the file.",
        )
    return groups


def _stored(rows: pa.Table, ours: str) -> pa.ChunkedArray:
    if ours not in rows.column_names:
        return pa.nulls(rows.num_rows, pa.string())
    return moments_as_text(rows[ours]) if ours in MOMENTS else rows[ours]


def _new_column(source_name: SourceName, ours: str, theirs: str) -> sa.Column[Any]:
    is_key = source_name == "sales" and ours in KEYS[source_name]
    return sa.Column(
        theirs,
        type_of(ours),
        primary_key=is_key,
        nullable=ours in NUMBERS or ours in OPTIONAL_KEYS[source_name] or is_group(ours),
        index=ours == "customer_id",
    )
