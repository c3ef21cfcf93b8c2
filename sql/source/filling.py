"""The tables that the user brings, made and filled: what `nightcast load` writes.

A `SourceTable` takes rows batch by batch inside the caller's transaction. Visits are appended; sales and covariates
replace the rows of the same key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sql.engine import Database
from sql.source.columns import MOMENTS, NUMBERS, TYPES, moments_as_text
from sql.source.finding import Source, source_exists
from sql.source.target import find_table, make_table, require_table
from sql.source.upsert import Staging
from sql.writing import append, explained_refusal, nulls_for_nan, qualified_name

Kind = Literal["visits", "sales", "covariates"]

KEYS: dict[Kind, tuple[str, ...]] = {
    "visits": (),
    "sales": ("series_id", "period"),
    "covariates": ("series_id", "period", "name"),
}
"""What a row is known by; rows without a key are appended."""

OPTIONAL_KEYS: dict[Kind, tuple[str, ...]] = {"visits": (), "sales": (), "covariates": ("series_id",)}
"""What of a key a row may be without: a covariate without a series speaks of every series."""


@dataclass(frozen=True)
class Filled:
    """What came of filling a source table.

    Attributes:
        rows: rows taken, repeated keys included.
        repeated: rows that gave way to a later one with the same key.
        notes: what a person should know about how the rows are kept.
    """

    rows: int
    repeated: int
    notes: tuple[str, ...]


class SourceTable:
    """A source table that is being filled, inside one transaction; it is made where it is missing.

    Args:
        database: where the table is.
        connection: open for writing, to that database.
        kind: which of the source tables.
        source: the settings that name the table and its columns.
        columns: the columns that the rows will have, by our names.
        timezone: IANA name of the zone whose wall clock the moments show.

    Attributes:
        name: the table's name in the settings.
        made: whether the table is new.

    Raises:
        InputError: if the source is a query or a view, or the table has other columns than the settings say.
    """

    def __init__(
        self,
        database: Database,
        connection: Connection,
        kind: Kind,
        source: Source,
        columns: Sequence[str],
        timezone: str,
    ) -> None:
        self.name = require_table(f"source.{kind}", source)
        self.made = not source_exists(database, source)
        names: dict[str, str] = source.columns.model_dump()
        self._connection = connection
        self._columns = {name: names[name] for name in dict.fromkeys((*KEYS[kind], *columns))}
        self._rows = 0
        self._notes: dict[str, None] = {}
        self._table = (
            make_table(connection, self.name, [_new_column(kind, *name) for name in names.items()])
            if self.made
            else find_table(database, connection, f"source.{kind}", source, self._columns)
        )
        self._staging = (
            Staging(connection, self._table, self._columns, KEYS[kind], OPTIONAL_KEYS[kind]) if KEYS[kind] else None
        )
        if connection.dialect.name == "postgresql":
            # A column with time zone takes a naive moment for one of the session's zone.
            connection.execute(sa.select(sa.func.set_config("TimeZone", timezone, True)))

    def empty(self) -> None:
        """Remove all rows."""
        with explained_refusal(self.name):
            self._connection.execute(sa.delete(self._table))

    def add(self, rows: pa.Table) -> None:
        """Take more rows.

        Args:
            rows: columns by our names: identifiers as text; moments as ISO 8601 text (a date alone is a date), naive
                timestamps or dates; numbers as doubles, unknown ones null or NaN.
        """
        if not rows.num_rows:
            return
        stored = nulls_for_nan(pa.table({theirs: _stored(rows, ours) for ours, theirs in self._columns.items()}))
        with explained_refusal(self.name):
            if self._staging is not None:
                self._staging.add(stored)
            else:
                self._make_room_for_times(stored)
                append(self._connection, self._table, stored)
        self._rows += int(rows.num_rows)

    def finish(self) -> Filled:
        """Bring staged rows into the table."""
        repeated = 0
        if self._staging is not None:
            with explained_refusal(self.name):
                repeated = self._staging.merge()
        return Filled(self._rows, repeated, tuple(self._notes))

    def _make_room_for_times(self, rows: pa.Table) -> None:
        """Keep dates as dates, and times of day where the column has room for them."""
        column = self._table.c[self._columns["visited_at"]]
        if not isinstance(column.type, sa.Date | sa.DateTime) or (
            self.made and self._connection.dialect.name != "postgresql"  # elsewhere a new column is text
        ):
            return
        has_time = pc.greater(pc.utf8_length(rows[column.name]), len("2000-01-01"))
        if isinstance(column.type, sa.Date) and pc.any(has_time).as_py():
            self._widen(column) if self.made else self._note(
                f"The column {column.name!r} of {self.name!r} holds dates, so times of day are left out."
            )
        if isinstance(column.type, sa.DateTime) and not pc.all(has_time).as_py():
            self._note(f"The column {column.name!r} of {self.name!r} holds times, so a date is kept as its midnight.")

    def _widen(self, column: sa.Column[Any]) -> None:
        name = self._connection.dialect.identifier_preparer.quote(column.name)
        table = qualified_name(self._connection, self._table)
        self._connection.exec_driver_sql(f"ALTER TABLE {table} ALTER COLUMN {name} TYPE TIMESTAMP")
        column.type = sa.DateTime()

    def _note(self, note: str) -> None:
        self._notes[note] = None


def _stored(rows: pa.Table, ours: str) -> pa.ChunkedArray:
    if ours not in rows.column_names:
        return pa.nulls(rows.num_rows, pa.string())
    return moments_as_text(rows[ours]) if ours in MOMENTS else rows[ours]


def _new_column(kind: Kind, ours: str, theirs: str) -> sa.Column[Any]:
    is_key = kind == "sales" and ours in KEYS[kind]
    return sa.Column(
        theirs,
        TYPES[ours],
        primary_key=is_key,
        nullable=ours in NUMBERS or ours in OPTIONAL_KEYS[kind],
        index=ours == "customer_id",
    )
