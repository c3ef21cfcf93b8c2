"""The tables that the user brings, made and filled: what `nightcast load` writes.

A `SourceTable` takes rows batch by batch inside the caller's transaction. Visits are appended. Sales and covariates
go to a staging table first and replace the rows of the same key at the end: a delete and an insert, which need no
unique constraint and so work on any table that the user may have made.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.types import NullType, TypeEngine

from nightcast.errors import InputError, NightcastError
from nightcast.rejections import Rejections
from sql import ledger
from sql.engine import Database
from sql.sources import Source, find_source, source_exists
from sql.tables import source_load
from sql.writing import append, nulls_for_nan, qualified_name

Kind = Literal["visits", "sales", "covariates"]

KEYS: dict[Kind, tuple[str, ...]] = {
    "visits": (),
    "sales": ("series_id", "period"),
    "covariates": ("series_id", "period", "name"),
}
"""What a row is known by; rows without a key are appended."""

MOMENTS = ("visited_at", "period")
NUMBERS = ("amount", "value")

_ROW = "nightcast_row"


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
        self.name = require_table(kind, source)
        self.made = not source_exists(database, source)
        self._connection, self._kind, self._timezone = connection, kind, timezone
        self._names: dict[str, str] = source.columns.model_dump()
        self._columns = tuple(dict.fromkeys((*KEYS[kind], *columns)))
        self._rows = 0
        self._notes: dict[str, None] = {}
        self._table = self._make() if self.made else self._find(database, source)
        self._staging = self._make_staging() if KEYS[kind] else None
        if connection.dialect.name == "postgresql":
            # A column with time zone takes a naive moment for one of the session's zone.
            connection.execute(sa.select(sa.func.set_config("TimeZone", timezone, True)))

    def empty(self) -> None:
        """Remove all rows."""
        self._connection.execute(sa.delete(self._table))

    def add(self, rows: pa.Table) -> None:
        """Take more rows.

        Args:
            rows: columns by our names: identifiers as text; moments as ISO 8601 text (a date alone is a date), naive
                timestamps or dates; numbers as doubles, unknown ones null or NaN.
        """
        if not rows.num_rows:
            return
        columns = {self._names[name]: self._stored(rows, name) for name in self._columns}
        stored = nulls_for_nan(pa.table(columns))
        with _explained_refusal(self.name):
            if self._staging is None:
                self._make_room_for_times(stored)
                append(self._connection, self._table, stored)
            else:
                numbers = pa.array(np.arange(self._rows, self._rows + rows.num_rows))
                append(self._connection, self._staging, stored.append_column(_ROW, numbers))
        self._rows += int(rows.num_rows)

    def finish(self) -> Filled:
        """Bring staged rows into the table, and index a new one."""
        repeated = 0
        if self._staging is not None:
            with _explained_refusal(self.name):
                repeated = self._rows - self._merge(self._staging)
            self._staging.drop(self._connection)
        elif self.made:
            sa.Index(None, self._table.c[self._names["customer_id"]]).create(self._connection)
        return Filled(self._rows, repeated, tuple(self._notes))

    def _make(self) -> sa.Table:
        schema, name = _split_name(self._connection, self.name)
        metadata = sa.MetaData(schema=schema, naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s"})
        columns = (_new_column(self._kind, ours, theirs) for ours, theirs in self._names.items())
        table = sa.Table(name, metadata, *columns)
        with _explained_refusal(self.name):
            table.create(self._connection)
        return table

    def _find(self, database: Database, source: Source) -> sa.Table:
        wanted = [self._names[name] for name in self._columns]
        clause = find_source(database, f"source.{self._kind}", source, wanted).clause
        assert isinstance(clause, sa.TableClause)  # noqa: S101
        inspector = sa.inspect(self._connection)
        found = inspector.get_multi_columns(clause.schema, [clause.name], kind=ObjectKind.TABLE)
        if not found:
            raise InputError(f"{self.name!r} is a view, which cannot be loaded into.", _NOT_A_TABLE.format(self._kind))
        types = {column["name"]: column["type"] for columns in found.values() for column in columns}
        for name in self._columns:
            _require_type(self.name, name, self._names[name], types[self._names[name]])
        columns = (sa.Column(name, types[name]) for name in wanted)
        return sa.Table(clause.name, sa.MetaData(schema=clause.schema), *columns)

    def _make_staging(self) -> sa.Table:
        name = f"nightcast_{ledger.new_id().replace('-', '_')}"
        columns = (sa.Column(self._names[name], _TYPES[name]) for name in self._columns)
        staging = sa.Table(name, sa.MetaData(), *columns, sa.Column(_ROW, sa.BigInteger), prefixes=["TEMPORARY"])
        staging.create(self._connection)
        return staging

    def _stored(self, rows: pa.Table, name: str) -> pa.ChunkedArray:
        if name not in rows.column_names:
            return pa.nulls(rows.num_rows, pa.string())
        return moments_as_text(rows[name]) if name in MOMENTS else rows[name]

    def _merge(self, staging: sa.Table) -> int:
        """Replace the rows whose key is staged; returns how many rows that brought into the table."""
        if self._connection.dialect.name == "postgresql":  # which knows nothing of a temporary table until told
            self._connection.exec_driver_sql(f"ANALYZE {staging.name}")
        key = [self._names[name] for name in KEYS[self._kind]]
        staged_keys = sa.select(*(self._comparable(staging.c[name]) for name in key))
        known = sa.tuple_(*(self._comparable(self._table.c[name]) for name in key))
        self._connection.execute(sa.delete(self._table).where(known.in_(staged_keys)))
        last = sa.select(sa.func.max(staging.c[_ROW])).group_by(*(staging.c[name] for name in key))
        columns = [column for column in staging.c if column.name != _ROW]
        chosen = sa.select(*columns).where(staging.c[_ROW].in_(last)).order_by(staging.c[_ROW])
        insert = sa.insert(self._table).from_select([column.name for column in columns], chosen)
        return int(self._connection.execute(insert, execution_options={"preserve_rowcount": True}).rowcount)

    def _comparable(self, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
        """A key as it compares: no series equals no series, and a period is its day whatever type holds it."""
        if column.name != self._names["period"]:
            return column if self._kind == "sales" else sa.func.coalesce(column, "")
        if isinstance(column.type, sa.Date):
            return column
        return sa.func.date(column) if self._connection.dialect.name == "sqlite" else sa.cast(column, sa.Date)

    def _make_room_for_times(self, rows: pa.Table) -> None:
        """Keep dates as dates, and times of day where the column has room for them."""
        column = self._table.c[self._names["visited_at"]]
        if not isinstance(column.type, sa.Date | sa.DateTime) or self._connection.dialect.name == "sqlite":
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


def require_table(kind: Kind, source: Source) -> str:
    """The name of the table to fill.

    Raises:
        InputError: if the source is a query.
    """
    if source.query is not None or not source.table:
        raise InputError(f"[source.{kind}] is a query, which cannot be loaded into.", _NOT_A_TABLE.format(kind))
    return source.table


def find_load(connection: Connection, kind: Kind, sha256: str) -> datetime.datetime | None:
    """When a file with these bytes was last loaded into the source, None if never.

    From here to the end of the transaction no other load can record itself.
    """
    if connection.dialect.name == "postgresql":
        table = qualified_name(connection, source_load)
        connection.exec_driver_sql(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
    same = (source_load.c.source == kind) & (source_load.c.sha256 == sha256)
    loaded_at: datetime.datetime | None = connection.execute(
        sa.select(sa.func.max(source_load.c.loaded_at)).where(same)
    ).scalar_one()
    return loaded_at


def record_load(connection: Connection, rejections: Rejections, **columns: Any) -> None:
    """Write the load, given by the columns of `source_load`, and the tally of what it rejected."""
    connection.execute(sa.insert(source_load).values(rows_rejected=rejections.rows, **columns))
    ledger.record_rejections(connection, rejections, load_id=columns["load_id"])


def moments_as_text(moments: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Moments as ISO 8601 text, shape (n,): dates alone, times without a fraction where it is none."""
    if not pa.types.is_timestamp(moments.type):
        return moments.cast(pa.string())
    exact = moments.cast(pa.timestamp("us"))
    seconds = exact.cast(pa.timestamp("s"), safe=False)
    is_whole = pc.equal(seconds.cast(pa.timestamp("us")), exact)
    return pc.if_else(is_whole, seconds.cast(pa.string()), exact.cast(pa.string()))


_TYPES: dict[str, TypeEngine[Any]] = {
    "customer_id": sa.Text(),
    "series_id": sa.Text(),
    "name": sa.Text(),
    "visited_at": sa.Date().with_variant(sa.Text(), "sqlite"),
    "period": sa.Date(),
    "amount": sa.Double(),
    "value": sa.Double(),
}

_NOT_A_TABLE = "Name a table to load into: set table in [source.{}]."


def _new_column(kind: Kind, ours: str, theirs: str) -> sa.Column[Any]:
    is_key = kind == "sales" and ours in KEYS[kind]
    optional = ours in NUMBERS or (kind == "covariates" and ours == "series_id")
    return sa.Column(theirs, _TYPES[ours], primary_key=is_key, nullable=optional)


def _split_name(connection: Connection, name: str) -> tuple[str | None, str]:
    schema, _, plain = name.rpartition(".")
    if schema and schema not in sa.inspect(connection).get_schema_names():
        raise InputError(
            f"The table {name!r} cannot be made: there is no schema {schema!r} in the database.",
            "Make the schema first, or set a table name without a dot.",
        )
    return schema or None, plain


def _require_type(table: str, ours: str, theirs: str, found: TypeEngine[Any]) -> None:
    """Refuse a column that would change what is put into it."""
    text_or_any = sa.String | NullType
    fits = text_or_any | sa.Date | sa.DateTime if ours in MOMENTS else text_or_any
    if ours in NUMBERS or isinstance(found, fits):
        return
    wanted = "dates, timestamps or text" if ours in MOMENTS else "text, so that 00001 stays 00001"
    raise InputError(
        f"The column {theirs!r} of the table {table!r} is {found}; `nightcast load` needs it to hold {wanted}.",
        f"Change the column's type, or load into a new table: set another table for {ours}'s source in the settings.",
    )


@contextmanager
def _explained_refusal(table: str) -> Iterator[None]:
    """Turn the database's refusal of a value, or of the right to write, into an `InputError`."""
    try:
        yield
    except NightcastError:
        raise
    except Exception as error:
        refused = getattr(error, "orig", error)  # COPY raises the driver's own errors, not SQLAlchemy's
        state = str(getattr(refused, "sqlstate", None) or "")
        if state[:2] not in {"22", "23"} and state != "42501" and type(refused).__name__ != "IntegrityError":
            raise
        raise InputError(
            f"The table {table!r} cannot be made or filled: {str(refused).splitlines()[0]}.",
            "Look at the table's columns, constraints and rights, or load into a new table.",
        ) from None
