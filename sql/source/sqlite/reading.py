"""Columns of a source in SQLite, as Arrow arrays: packed where rows have numbers, else by a cursor.

The rows of a table have numbers, by which many at a time are read in one transaction. Views, queries and tables without
such numbers come from a cursor, whose rows Python makes one by one. Texts are bytes until Arrow has them: they need not
be UTF-8, and the driver fails on what is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DataError, OperationalError

from sql.connection.failures import is_connection_error
from sql.source.expressions import array_of, sqlite_expression
from sql.source.lookup import SourceRelation
from sql.source.sqlite.packing import packed, unpacked

ROW_NUMBERS = ("rowid", "_rowid_", "oid")
"""The names of a row's number; a column may have taken one."""

LARGEST_NUMBER = 2**63 - 1

Columns = Sequence[tuple[str, str]]
"""The names of columns in the source, and their kinds as in `sql.source.reading`."""


@contextmanager
def bytes_for_text(connection: Connection) -> Iterator[None]:
    """Within the block, a connection gives texts as bytes."""
    driver: Any = connection.connection.driver_connection
    before, driver.text_factory = driver.text_factory, bytes
    try:
        yield
    finally:
        driver.text_factory = before


def from_cursor(
    connection: Connection, source: SourceRelation, columns: Columns, rows: int
) -> Iterator[list[pa.Array]]:
    """The columns of a source, so many rows at a time, on a connection that gives bytes."""
    statement = source.select(*(sqlite_expression(sa.column(name), kind) for name, kind in columns))
    return _arrays(connection, statement, [kind for _, kind in columns], rows)


def _arrays(
    connection: Connection, statement: sa.Select[Any], kinds: Sequence[str], rows: int
) -> Iterator[list[pa.Array]]:
    # SQLite's cursor streams anyway, and its tuples are several times faster than SQLAlchemy's rows.
    cursor: Any = connection.execute(statement).cursor
    while batch := cursor.fetchmany(rows):
        yield [array_of(values, kind, "") for values, kind in zip(zip(*batch, strict=True), kinds, strict=True)]


@dataclass(frozen=True)
class NumberedRows:
    """A table whose rows have numbers, and the columns to read.

    Attributes:
        connection: gives bytes, in a transaction.
        table: the table.
        columns: the columns.
        number: the name of the rows' numbers.
    """

    connection: Connection
    table: sa.TableClause
    columns: Columns
    number: str
    _by_cursor: set[int] = field(default_factory=set, init=False)

    def batches(self, rows: int) -> Iterator[list[pa.Array]]:
        """The columns, so many rows at a time."""
        first = -LARGEST_NUMBER - 1
        while (last := self._last(first, rows)) is not None:
            yield self._batch(first, last)
            first = last + 1
        if first <= LARGEST_NUMBER and self._has_more(first):
            yield self._batch(first, LARGEST_NUMBER)

    def _last(self, first: int, rows: int) -> int | None:
        """The number of the last of so many rows from number `first` on; None if there are fewer."""
        if first > LARGEST_NUMBER:
            return None
        ordered = self._select(first, LARGEST_NUMBER, self._numbers).order_by(self._numbers)
        last: int | None = self.connection.execute(ordered.limit(1).offset(rows - 1)).scalar()
        return last

    def _has_more(self, first: int) -> bool:
        return self.connection.execute(self._select(first, LARGEST_NUMBER, self._numbers).limit(1)).scalar() is not None

    def _batch(self, first: int, last: int) -> list[pa.Array]:
        """The columns of the rows from number `first` to `last`, of which there is at least one."""
        arrays = self._packed(first, last)
        self._by_cursor.update(set(range(len(self.columns))) - arrays.keys())  # the next batch would fail, too
        for place in range(len(self.columns)):
            if place not in arrays:
                arrays[place] = self._column(place, first, last)
        return [arrays[place] for place in range(len(self.columns))]

    def _packed(self, first: int, last: int) -> dict[int, pa.Array]:
        """The columns that could be packed and taken apart, by their places."""
        wanted = [place for place in range(len(self.columns)) if place not in self._by_cursor]
        expressions = [packed(*self._named(place)) for place in wanted]
        try:
            rows, *joined = self.connection.execute(self._select(first, last, sa.func.count(), *expressions)).one()
        except DataError:  # longer than SQLite's texts may be
            return {}

        def values(place: int, text: bytes) -> pa.Array | None:
            plain, kind = self._named(place)
            nulls = self._select(first, last, sa.func.count() - sa.func.count(plain))
            return unpacked(text, kind, rows, lambda: self.connection.execute(nulls).scalar_one())

        arrays = {place: values(place, text) for place, text in zip(wanted, joined, strict=True)}
        return {place: array for place, array in arrays.items() if array is not None}

    def _column(self, place: int, first: int, last: int) -> pa.Array:
        plain, kind = self._named(place)
        statement = self._select(first, last, sqlite_expression(plain, kind)).order_by(self._numbers)
        values = self.connection.execute(statement).cursor.fetchall()
        return array_of([value for (value,) in values], kind, "")

    def _named(self, place: int) -> tuple[sa.ColumnElement[Any], str]:
        name, kind = self.columns[place]
        return sa.column(name), kind

    def _select(self, first: int, last: int, *expressions: sa.ColumnElement[Any]) -> sa.Select[Any]:
        # No index is used, so that rows come in the order of their numbers.
        selected = sa.select(*expressions).select_from(self.table).with_hint(self.table, "NOT INDEXED")
        return selected.where(self._numbers >= first, self._numbers <= last)

    @property
    def _numbers(self) -> sa.ColumnElement[int]:
        return sa.literal_column(self.number, sa.BigInteger)


def numbered(connection: Connection, source: SourceRelation, columns: Columns) -> NumberedRows | None:
    """The rows of a source with their numbers; None if they have none, or only some of the rows are wanted."""
    taken = {name.lower() for name in source.types}
    number = next((name for name in ROW_NUMBERS if name not in taken), None)
    if source.condition is not None or not isinstance(source.clause, sa.TableClause) or number is None:
        return None
    rows = NumberedRows(connection, source.clause, columns, number)
    return rows if _is_stored(connection, source.clause) and _has_numbers(connection, rows) else None


def _is_stored(connection: Connection, table: sa.TableClause) -> bool:
    """Whether it is a table of the file, and no view or virtual table."""
    known = sa.table("sqlite_master", *map(sa.column, ("type", "name", "rootpage")), schema=table.schema)
    same_name = sa.func.lower(known.c.name) == sa.func.lower(table.name)
    is_stored = sa.select(known.c.rootpage).where(known.c.type == "table", same_name, known.c.rootpage > 0)
    return connection.execute(is_stored).scalar() is not None


def _has_numbers(connection: Connection, rows: NumberedRows) -> bool:
    try:
        connection.execute(sa.select(sa.literal_column(rows.number)).select_from(rows.table).limit(0))
    except OperationalError as error:  # of a table WITHOUT ROWID there is no such column
        if is_connection_error(error):
            raise
        return False
    return True
