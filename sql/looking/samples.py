"""Some rows of a table that nobody has described, read in little time however large it is."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from nightcast.errors import first_line
from sql.connection.failures import driver_error
from sql.engine import Database
from sql.looking.relations import Relation
from sql.source.denied import is_denied

SAMPLE_ROWS = 2_000

COUNTED_ROWS = 50_000
"""Rows in which values are counted where a sample has too few to show that some come again."""

STRETCHES = 10
"""Places of a table from which rows are read, so that they are not all of its first day."""

LARGE = 50_000
"""Rows from which on PostgreSQL picks blocks of a table without a key."""

MOST_COLUMNS = 80
SECONDS = 5.0
"""The longest that one statement may take: a view may have to read all of its tables first."""


@dataclass(frozen=True)
class Sample:
    """Rows of a relation.

    Attributes:
        columns: the values of each column as text, each of shape (n,).
        rows: n.
        problem: why there are none: they may not be read, or it takes too long.
    """

    columns: Mapping[str, pa.Array]
    rows: int = 0
    problem: str = ""


def read_sample(database: Database, relation: Relation) -> Sample:
    """Read at most `SAMPLE_ROWS` rows of a relation, from several places of a large table.

    No statement scans a table, or takes more than `SECONDS`.
    """
    names = list(relation.types)[:MOST_COLUMNS]
    with database.read() as connection:
        try:
            with _in_time(connection), connection.begin_nested():
                statements = _statements(connection, relation, names)
                rows = [row for statement in statements for row in connection.execute(statement)]
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            return Sample({}, 0, _problem(error))
    values = zip(*rows, strict=True) if rows else ([] for _ in names)
    return Sample({name: pa.array(column, pa.string()) for name, column in zip(names, values, strict=True)}, len(rows))


def count_values(database: Database, relation: Relation, column: str) -> tuple[int, int] | None:
    """How many of the first `COUNTED_ROWS` rows have a value in a column, and how many different ones they have.

    None where the database does not say within `SECONDS`.
    """
    first = sa.select(sa.column(column)).select_from(relation.clause).limit(COUNTED_ROWS).subquery("first_rows")
    value = first.c[column]
    with database.read() as connection:
        try:
            with _in_time(connection), connection.begin_nested():
                counts = connection.execute(sa.select(sa.func.count(value), sa.func.count(sa.distinct(value)))).one()
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            return None
    return int(counts[0]), int(counts[1])


def _statements(connection: Connection, relation: Relation, names: list[str]) -> Iterator[sa.Select[Any]]:
    clause, key = relation.clause, _position(connection, relation)
    ends = (
        connection.execute(sa.select(sa.func.min(key), sa.func.max(key)).select_from(clause)).one()
        if key is not None
        else (0, 0)
    )
    if key is not None and isinstance(ends[0], int) and ends[1] - ends[0] > SAMPLE_ROWS:
        step = (ends[1] - ends[0]) // STRETCHES
        for number in range(STRETCHES):
            start = ends[0] + number * step
            part = sa.select(*_texts(connection, names)).select_from(clause).where(key >= start, key < start + step)
            yield part.order_by(key).limit(SAMPLE_ROWS // STRETCHES)
        return
    if relation.is_table and connection.dialect.name == "postgresql" and (rows := _rows_of(connection, clause)) > LARGE:
        clause = sa.tablesample(clause, sa.func.system(min(100.0, 100 * 4 * SAMPLE_ROWS / rows)))
    yield sa.select(*_texts(connection, names)).select_from(clause).limit(SAMPLE_ROWS)


def _position(connection: Connection, relation: Relation) -> sa.ColumnElement[Any] | None:
    """The column by which places of a table are found without a scan."""
    if relation.is_table and connection.dialect.name == "sqlite":
        with suppress(DBAPIError):
            rowid: sa.ColumnElement[Any] = sa.column("rowid")
            connection.execute(sa.select(rowid).select_from(relation.clause).limit(1))
            return rowid
    return sa.column(relation.key) if relation.is_table and relation.key else None


def _texts(connection: Connection, names: list[str]) -> list[sa.ColumnElement[Any]]:
    kind = sa.CHAR() if connection.dialect.name in ("mysql", "mariadb") else sa.Text()
    return [sa.cast(sa.column(name), kind).label(f"c{number}") for number, name in enumerate(names)]


def _rows_of(connection: Connection, clause: sa.FromClause) -> float:
    """The number of rows that PostgreSQL's statistics have; 0 where there are none."""
    name = str(clause.compile(connection.engine))
    number = connection.scalar(sa.text("SELECT reltuples FROM pg_class WHERE oid = to_regclass(:name)"), {"name": name})
    return float(number or 0)


def _problem(error: DBAPIError) -> str:
    """Why a table could not be looked at."""
    if is_denied(error):
        return "may not be read"
    why = first_line(driver_error(error))
    is_late = any(text in why for text in ("interrupted", "statement timeout", "max_statement_time", "execution time"))
    return "takes too long to look at" if is_late else why


@contextmanager
def _in_time(connection: Connection) -> Iterator[None]:
    """Let no statement of this transaction take too long."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(SECONDS * 1000)}")
        yield
    elif connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        until = time.monotonic() + SECONDS
        driver.set_progress_handler(lambda: time.monotonic() > until, 10_000)
        try:
            yield
        finally:
            driver.set_progress_handler(None, 0)
    else:
        is_mariadb = bool(getattr(connection.dialect, "is_mariadb", False))
        limit = f"max_statement_time = {SECONDS}" if is_mariadb else f"max_execution_time = {int(SECONDS * 1000)}"
        connection.exec_driver_sql(f"SET SESSION {limit}")
        try:
            yield
        finally:
            connection.exec_driver_sql(f"SET SESSION {limit.partition('=')[0]}= DEFAULT")
