"""Bulk writing of Arrow tables, in the fastest way of each database.

PostgreSQL uses COPY, in its binary format where the types are ours, SQLite one ``executemany``, any other database
SQLAlchemy's ``executemany``. All of them write in the caller's transaction.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.compiler import IdentifierPreparer

from nightcast.errors import InputError, NightcastError, first_line
from sql.tables import SCHEMA


def append(connection: Connection, table: sa.Table, rows: pa.Table) -> int:
    """Append rows to a table; columns are matched by name.

    Args:
        connection: in a transaction that is open for writing.
        table: the table to append to.
        rows: dates as date32, times as naive UTC timestamps, and nulls in place of NaN (`nulls_for_nan`).

    Returns:
        The number of rows written.
    """
    if rows.num_rows:
        writer = {"postgresql": _copy, "sqlite": _execute_many_tuples}.get(connection.dialect.name, _execute_many)
        writer(connection, table, rows)
    return int(rows.num_rows)


@contextmanager
def explained_refusal(table: str) -> Iterator[None]:
    """Turn the database's refusal of a value, or a missing right to write, into an `InputError`."""
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
            f"The table {table!r} cannot be created or filled: {first_line(refused)}.",
            "Look at the table's columns, constraints and rights, or load into a new table.",
        ) from None


def nulls_for_nan(rows: pa.Table) -> pa.Table:
    """The same rows with nulls in place of NaN, which databases distinguish from null."""
    columns = [
        pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
        if pa.types.is_floating(column.type)
        else column
        for column in rows.columns
    ]
    return pa.table(columns, names=rows.column_names)


def qualified_name(connection: Connection, table: sa.Table) -> str:
    """The table's name, quoted where needed, in the schema that the connection translates to."""
    translation = connection.get_execution_options().get("schema_translate_map") or {}
    schema = translation.get(SCHEMA, table.schema) if table.schema == SCHEMA else table.schema
    preparer: IdentifierPreparer = connection.dialect.identifier_preparer
    name = preparer.quote(table.name)
    return f"{preparer.quote_schema(schema)}.{name}" if schema else name


def _column_list(connection: Connection, names: Sequence[str]) -> str:
    return ", ".join(connection.dialect.identifier_preparer.quote(name) for name in names)


def _copy(connection: Connection, table: sa.Table, rows: pa.Table) -> None:
    kinds = [_ARROW_TYPES.get(type(table.c[name].type)) for name in rows.column_names]
    known = [kind for kind in kinds if kind is not None]
    if len(known) == len(kinds):
        encoding, encoded = "binary", _as_binary(rows.cast(pa.schema(zip(rows.column_names, known, strict=True))))
    else:  # a user's table, whose types the database converts to
        encoding, encoded = "csv", _as_csv(rows)
    target = f"{qualified_name(connection, table)} ({_column_list(connection, rows.column_names)})"
    target = target.replace("%%", "%")  # doubled for statements with parameters; COPY has none
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(f"COPY {target} FROM STDIN (FORMAT {encoding})") as copy:
        copy.write(encoded)


_ARROW_TYPES: dict[type[sa.types.TypeEngine[Any]], pa.DataType] = {
    sa.SmallInteger: pa.int16(),
    sa.Integer: pa.int32(),
    sa.BigInteger: pa.int64(),
    sa.Double: pa.float64(),
    sa.REAL: pa.float32(),
    sa.Boolean: pa.bool_(),
    sa.Date: pa.date32(),
    sa.Text: pa.string(),
}
"""The types of our tables, and those whose binary form PostgreSQL expects for them."""


def _as_binary(rows: pa.Table) -> bytes:
    """The rows in PostgreSQL's binary format, which neither side has to write as text and parse."""
    from pgpq import ArrowToPostgresBinaryEncoder

    encoder = ArrowToPostgresBinaryEncoder(rows.schema)
    return b"".join([encoder.write_header(), *map(encoder.write_batch, rows.to_batches()), encoder.finish()])


def _as_csv(rows: pa.Table) -> bytes:
    buffer = io.BytesIO()
    # Strings are quoted and nulls are not: COPY distinguishes an empty string from a null by that.
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    pyarrow.csv.write_csv(rows, buffer, options)
    return buffer.getvalue()


def _execute_many_tuples(connection: Connection, table: sa.Table, rows: pa.Table) -> None:
    names = _column_list(connection, rows.column_names)
    marks = ", ".join("?" * rows.num_columns)
    columns = [_as_stored(column).to_pylist() for column in rows.columns]
    statement = f"INSERT INTO {qualified_name(connection, table)} ({names}) VALUES ({marks})"  # noqa: S608 quoted above
    connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))


def _as_stored(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Dates and times as the text that SQLAlchemy stores in SQLite."""
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("us")).cast(pa.string())
    return column.cast(pa.string()) if pa.types.is_date(column.type) else column


def _execute_many(connection: Connection, table: sa.Table, rows: pa.Table) -> None:
    connection.execute(sa.insert(table), rows.to_pylist())
