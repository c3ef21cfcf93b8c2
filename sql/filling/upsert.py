"""An upsert for tables without a unique constraint.

Rows go to a temporary table first. At the end they replace the rows of the same key, by a delete and an insert.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sql.filling.columns import MOMENTS, type_of
from sql.filling.staging import ROW, Staging, exact_text


class Upsert:
    """Rows on their way into a table, each with a key of its own, in one transaction.

    Args:
        connection: open for writing.
        table: the table to fill.
        columns: the names of the columns to fill, keyed by ours.
        key: our names of the columns that identify a row.
        optional: the columns of the key that may be null; nulls compare as equal.
    """

    def __init__(
        self,
        connection: Connection,
        table: sa.Table,
        columns: Mapping[str, str],
        key: Sequence[str],
        optional: Sequence[str],
    ) -> None:
        self._connection, self._table = connection, table
        self._columns, self._key, self._optional = columns, key, optional
        self._staging = Staging(connection, (sa.Column(theirs, type_of(ours)) for ours, theirs in columns.items()))

    def add(self, rows: pa.Table) -> None:
        """Stage rows, with the table's column names."""
        self._staging.add(rows)

    def merge(self) -> int:
        """Move the rows to the table; returns how many rows of the table they replace."""
        self._staging.prepare()
        staged = self._staging.table
        replaced = sa.tuple_(*self._comparable_key(self._table)).in_(sa.select(*self._comparable_key(staged)))
        rows = self._connection.execute(sa.delete(self._table).where(replaced)).rowcount
        names = list(self._columns.values())
        ordered = sa.select(*(staged.c[name] for name in names)).order_by(staged.c[ROW])
        self._connection.execute(sa.insert(self._table).from_select(names, ordered))
        self._staging.drop()
        return int(rows)

    def _comparable_key(self, table: sa.Table) -> list[sa.ColumnElement[Any]]:
        return [self._comparable(ours, table.c[self._columns[ours]]) for ours in self._key]

    def _comparable(self, ours: str, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
        """A column of the key in a form that compares: a period as its date, a text exactly, whatever its type."""
        if ours not in MOMENTS:
            exact = exact_text(column, self._connection.dialect)
            return sa.func.coalesce(exact, "") if ours in self._optional else exact
        if isinstance(column.type, sa.Date):
            return column
        return sa.func.date(column) if self._connection.dialect.name == "sqlite" else sa.cast(column, sa.Date)
