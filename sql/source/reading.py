"""Bulk reading: columns of a source as a stream of Arrow batches.

PostgreSQL is read through its ADBC driver, which returns Arrow directly; SQLite as `sql.source.sqlite.reading` says;
MySQL through a server-side cursor in large batches. SQLite has an ADBC driver too, but it brings a second copy of
SQLite into the process, and two copies on one file undo each other's locks: the first to close deletes the write-ahead
log that the other is writing (https://sqlite.org/howtocorrupt.html, section 2.2.1). All databases give the same types:

- an identifier is text, null or empty as in the database;
- a subject is an identifier, but a whole number where PostgreSQL's column holds these, and in batches of SQLite that
  hold nothing else: each is written as text once (`sql.source.coding`), and not in every row;
- a moment is text, a date or a timestamp, as in the database;
- a number is a double, or text where the database holds text.

A value of any kind that is no text, such as bytes that are not UTF-8, is `sql.source.expressions.UNREADABLE`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

from nightcast.errors import InputError, UnavailableError, first_line
from sql.connection.adbc import connect_adbc
from sql.connection.failures import is_connection_error, is_connection_state
from sql.connection.snapshot import Snapshot
from sql.engine import Database
from sql.source.expressions import (
    DECIMALS,
    WHOLE,
    array_of,
    decoded,
    holds_single_values,
    identifiers,
    mysql_expression,
    postgresql_expression,
)
from sql.source.lookup import SourceRelation
from sql.source.sqlite.reading import bytes_for_text, from_cursor, numbered

BATCH_ROWS = 100_000

ColumnKind = Literal["identifier", "subject", "moment", "number"]


@dataclass(frozen=True)
class WantedColumn:
    """A column to read: its name in the source, and its kind."""

    name: str
    kind: ColumnKind


def read_batches(
    database: Database, source: SourceRelation, columns: Sequence[WantedColumn], snapshot: Snapshot | None = None
) -> Iterator[list[pa.Array]]:
    """The wanted columns of all rows, in batches of one array per column.

    Args:
        database: where the source is.
        source: the rows to read.
        columns: the columns to read.
        snapshot: reads what was there when it was opened; None: what is there now.

    Raises:
        InputError: if a column is of arrays, bytes or JSON, or the source fails on a row, such as a view that divides
            by zero.
        UnavailableError: if the database cannot be reached, or the connection is lost.
    """
    if database.dialect == "postgresql":
        yield from _read_ahead(_read_postgresql(database, source, columns, snapshot))
    elif database.dialect == "sqlite":
        yield from _read_sqlite(database, source, columns, snapshot)
    else:
        yield from _read_mysql(database, source, columns, snapshot)


def _read_ahead(batches: Iterator[list[pa.Array]]) -> Iterator[list[pa.Array]]:
    """The same, each read by another thread while the caller works on the one before."""
    with ThreadPoolExecutor(1, "reader") as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch


def _read_postgresql(
    database: Database, source: SourceRelation, columns: Sequence[WantedColumn], snapshot: Snapshot | None
) -> Iterator[list[pa.Array]]:
    kinds = [(_kind(column, source), source.types[column.name]) for column in columns]
    _require_single_values(source, columns)
    expressions = [
        postgresql_expression(sa.column(column.name), *kind) for column, kind in zip(columns, kinds, strict=True)
    ]
    statement = _as_text(source.select(*expressions), PGDialect(paramstyle="named"))  # type: ignore[no-untyped-call]
    for batch in _read_by_adbc(database, source, statement, snapshot):
        yield [_arrow_array(values, *kind) for values, kind in zip(batch, kinds, strict=True)]


def _kind(column: WantedColumn, source: SourceRelation) -> str:
    """How PostgreSQL's column is read: a subject as a whole number, or as an identifier."""
    if column.kind != "subject":
        return column.kind
    return "whole" if source.types[column.name] in WHOLE else "identifier"


def _require_single_values(source: SourceRelation, columns: Sequence[WantedColumn]) -> None:
    for column in columns:
        type_name = source.types[column.name]
        if not holds_single_values(column.kind, type_name):
            raise InputError(
                f"The column {column.name!r} of [{source.section}] is of the type {type_name}, and holds no "
                f"single {column.kind}s.",
                f"Let a query in [{source.section}] select one value of it, such as its first element, a key of JSON "
                "as text, or encode(..., 'hex') of bytes.",
            )


def _arrow_array(values: pa.Array, kind: str, type_name: str) -> pa.Array:
    if kind == "whole":
        return values.cast(pa.int64())
    if kind == "identifier":
        return identifiers(values, type_name)
    if kind == "number" and type_name in DECIMALS:
        return values.cast(pa.float64())  # infinite where it is too large
    return decoded(values) if pa.types.is_string(values.type) else values


def _read_by_adbc(
    database: Database, source: SourceRelation, statement: str, snapshot: Snapshot | None
) -> Iterator[list[pa.Array]]:
    import adbc_driver_manager.dbapi as manager

    try:
        with closing(connect_adbc(database)) if snapshot is None else nullcontext(snapshot.connection) as connection:
            yield from _fetched(connection, source, statement)
    except (manager.Error, OSError) as error:
        raise UnavailableError(
            f"Reading from {database.name} failed: {database.without_password(first_line(error))}.",
            "Check that the database is running and that its user may read the source, and try again.",
        ) from None


def _fetched(connection: Any, source: SourceRelation, statement: str) -> Iterator[list[pa.Array]]:
    import adbc_driver_manager.dbapi as manager

    try:
        with closing(connection.cursor()) as cursor:
            cursor.execute(statement)
            for batch in cursor.fetch_record_batch():
                yield batch.columns
    except (manager.Error, OSError) as error:  # an OSError, without a state, while fetching
        if not is_connection_state(getattr(error, "sqlstate", None) or "") and _answers(connection):
            raise _failing(source, error) from None
        raise


def _answers(connection: Any) -> bool:
    """Whether a connection still works after a failed statement."""
    import adbc_driver_manager.dbapi as manager

    try:
        connection.rollback()
    except manager.Error:
        return False
    return True


def _read_sqlite(
    database: Database, source: SourceRelation, columns: Sequence[WantedColumn], snapshot: Snapshot | None
) -> Iterator[list[pa.Array]]:
    wanted = [(column.name, column.kind) for column in columns]
    reading = database.read() if snapshot is None else nullcontext(snapshot.connection)
    with reading as connection, bytes_for_text(connection):
        try:
            if (rows := numbered(connection, source, wanted)) is None:
                yield from from_cursor(connection, source, wanted, BATCH_ROWS)
            elif isinstance(database.engine.pool, sa.QueuePool):  # whose connections another thread may use
                yield from _read_ahead(rows.batches(BATCH_ROWS))
            else:
                yield from rows.batches(BATCH_ROWS)
        except (DBAPIError, sqlite3.Error) as error:
            if is_connection_error(error):
                raise
            raise _failing(source, getattr(error, "orig", error)) from None


def _read_mysql(
    database: Database, source: SourceRelation, columns: Sequence[WantedColumn], snapshot: Snapshot | None
) -> Iterator[list[pa.Array]]:
    kinds = [("identifier" if column.kind == "subject" else column.kind, column.name) for column in columns]
    expressions = [mysql_expression(sa.column(name), kind, source.types[name]) for kind, name in kinds]
    with database.read() if snapshot is None else nullcontext(snapshot.connection) as connection:
        statement = source.select(*expressions)
        for rows in connection.execution_options(yield_per=BATCH_ROWS).execute(statement).partitions():
            values = zip(zip(*rows, strict=True), kinds, strict=True)
            yield [array_of(column, kind, source.types[name]) for column, (kind, name) in values]


def _failing(source: SourceRelation, error: object) -> InputError:
    return InputError(
        f"Reading [{source.section}] fails: {first_line(error)}.",
        "One of its rows cannot be read, or it is not filled yet: try it in the database's shell.",
    )


def _as_text(statement: sa.Select[Any], dialect: Dialect) -> str:
    """The statement without parameters: it holds only names, which the dialect quotes, and our constants."""
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
