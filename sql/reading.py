"""Bulk reading: a source's columns as a stream of Arrow batches with a few well-known types.

PostgreSQL and SQLite are read through their ADBC drivers, which hand over Arrow directly; any other database
through a server-side cursor in large batches. What comes out is the same:

- an identifier is text, null where it is null or empty;
- a moment is text, a date or a timestamp, as the database has it;
- a number is a double, or text where the database holds text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.engine import Dialect

from nightcast.errors import UnavailableError
from sql.engine import Database
from sql.sources import FoundSource

BATCH_ROWS = 100_000

Kind = Literal["identifier", "moment", "number"]


@dataclass(frozen=True)
class WantedColumn:
    """A column to read: its name in the source, and what it holds."""

    name: str
    kind: Kind


def read_batches(database: Database, source: FoundSource, columns: Sequence[WantedColumn]) -> Iterator[list[pa.Array]]:
    """The wanted columns of all rows, batch by batch; one array per column, in the order asked for.

    Raises:
        UnavailableError: if the database cannot be reached or the connection is lost half-way.
    """
    reader = {"postgresql": _read_postgresql, "sqlite": _read_sqlite}.get(database.dialect, _read_by_cursor)
    yield from reader(database, source, columns)


def _read_postgresql(
    database: Database, source: FoundSource, columns: Sequence[WantedColumn]
) -> Iterator[list[pa.Array]]:
    import adbc_driver_postgresql.dbapi as driver

    expressions = [_postgresql_expression(column, source.types[column.name]) for column in columns]
    statement = _as_text(sa.select(*expressions).select_from(source.clause), PGDialect(paramstyle="named"))  # type: ignore[no-untyped-call]
    address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    yield from _read_by_adbc(database, lambda: driver.connect(address), statement, list)


_PLAIN_NUMBERS = {"int2", "int4", "int8", "float4", "float8", "numeric"}
_PLAIN_MOMENTS = {"date", "timestamp", "timestamptz"}


def _postgresql_expression(column: WantedColumn, type_name: str) -> sa.ColumnElement[Any]:
    plain: sa.ColumnElement[Any] = sa.column(column.name)
    if column.kind == "number" and type_name in _PLAIN_NUMBERS:
        return sa.cast(plain, sa.Double)
    if column.kind == "moment" and type_name in _PLAIN_MOMENTS:
        return plain
    return sa.cast(plain, sa.Text)


def _read_sqlite(database: Database, source: FoundSource, columns: Sequence[WantedColumn]) -> Iterator[list[pa.Array]]:
    import adbc_driver_sqlite.dbapi as driver

    expressions = [expression for column in columns for expression in _sqlite_expressions(column)]
    labelled = [expression.label(f"c{position}") for position, expression in enumerate(expressions)]
    statement = _as_text(sa.select(*labelled).select_from(source.clause), SQLiteDialect(paramstyle="named"))

    def decode(arrays: list[pa.Array]) -> list[pa.Array]:
        rest = iter(arrays)
        return [_sqlite_number(next(rest), next(rest)) if column.kind == "number" else next(rest) for column in columns]

    yield from _read_by_adbc(database, lambda: driver.connect(str(database.file)), statement, decode)


def _sqlite_expressions(column: WantedColumn) -> list[sa.ColumnElement[Any]]:
    """SQLite types values, not columns, and its driver guesses from the first rows: so no null may come first."""
    plain: sa.ColumnElement[Any] = sa.column(column.name)
    if column.kind != "number":
        return [sa.func.coalesce(sa.cast(plain, sa.Text), "")]
    stored = sa.func.typeof(plain)
    is_number = stored.in_(("integer", "real"))
    number = sa.case((is_number, sa.cast(plain, sa.REAL)), else_=0.0)
    text = sa.case((is_number, "="), (stored == "null", ""), else_=sa.literal("'").concat(sa.cast(plain, sa.Text)))
    return [number, text]


def _sqlite_number(number: pa.Array, text: pa.Array) -> pa.Array:
    """Doubles where the value is a number, null where it is null; text for a batch that holds any text."""
    is_number = pc.equal(text, "=")
    numbers = pc.if_else(is_number, number.cast(pa.float64()), pa.scalar(None, pa.float64()))
    is_text = pc.starts_with(text, "'")
    if not pc.any(is_text).as_py():
        return numbers
    return pc.if_else(is_text, pc.utf8_slice_codeunits(text, 1), numbers.cast(pa.string()))


def _read_by_adbc(
    database: Database,
    connect: Callable[[], Any],
    statement: str,
    decode: Callable[[list[pa.Array]], list[pa.Array]],
) -> Iterator[list[pa.Array]]:
    import adbc_driver_manager.dbapi as manager

    try:
        with closing(connect()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(statement)
            for batch in cursor.fetch_record_batch():
                yield decode(batch.columns)
    except manager.Error as error:
        raise UnavailableError(
            f"Reading from {database.name} failed: {str(error).splitlines()[0]}.",
            "Check that the database is running and that its user may read the source, and try again.",
        ) from None


def _read_by_cursor(
    database: Database, source: FoundSource, columns: Sequence[WantedColumn]
) -> Iterator[list[pa.Array]]:
    """Any other database: everything as text, which the caller has to be able to read anyway."""
    statement = sa.select(*(sa.cast(sa.column(column.name), sa.String) for column in columns))
    with database.read() as connection:
        streamed = connection.execution_options(yield_per=BATCH_ROWS).execute(statement.select_from(source.clause))
        for rows in streamed.partitions():
            yield [pa.array(values, pa.string()) for values in zip(*rows, strict=True)]


def _as_text(statement: sa.Select[Any], dialect: Dialect) -> str:
    """The statement without parameters; it holds only names, quoted by the dialect, and our own constants."""
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
