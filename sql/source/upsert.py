"""An upsert for tables without a unique constraint.

Rows go to a temporary table first. At the end they replace the rows of the same key, by a delete and an insert.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Connection

from nightcast.values import new_id
from sql.source.columns import MOMENTS, TYPES
from sql.types import exact_collation
from sql.writing import append

_ROW = "nightcast_row"
_FROM_LAST = "nightcast_from_last"


class Staging:
    """Rows on their way into a table, in one transaction.

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
        self._rows = 0
        self._staged = self._make()

    def add(self, rows: pa.Table) -> None:
        """Stage rows, with the table's column names."""
        numbers = pa.array(np.arange(self._rows, self._rows + rows.num_rows))
        self._rows += append(self._connection, self._staged, rows.append_column(_ROW, numbers))

    def merge(self) -> int:
        """Move the rows to the table, of each key the last one; returns how many rows an equal key has replaced."""
        if self._connection.dialect.name == "postgresql":  # it has no statistics of a temporary table
            self._connection.exec_driver_sql(f"ANALYZE {self._staged.name}")
        self._delete_replaced()
        repeated = self._rows - self._insert_last()
        self._drop()
        return repeated

    def _make(self) -> sa.Table:
        name = f"nightcast_{new_id().replace('-', '_')}"
        columns = (sa.Column(theirs, TYPES[ours]) for ours, theirs in self._columns.items())
        staged = sa.Table(name, sa.MetaData(), *columns, sa.Column(_ROW, sa.BigInteger), prefixes=["TEMPORARY"])
        staged.create(self._connection)
        return staged

    def _delete_replaced(self) -> None:
        replaced = sa.tuple_(*self._comparable_key(self._table)).in_(sa.select(*self._comparable_key(self._staged)))
        self._connection.execute(sa.delete(self._table).where(replaced))

    def _insert_last(self) -> int:
        names = list(self._columns.values())
        key = [self._staged.c[self._columns[ours]] for ours in self._key]
        from_last = sa.func.row_number().over(partition_by=key, order_by=self._staged.c[_ROW].desc()).label(_FROM_LAST)
        # MySQL can refer to a temporary table only once in a statement: rank the rows instead of joining the last.
        ranked = sa.select(*(self._staged.c[name] for name in names), self._staged.c[_ROW], from_last).subquery()
        last = sa.select(*(ranked.c[name] for name in names)).where(ranked.c[_FROM_LAST] == 1).order_by(ranked.c[_ROW])
        insert = sa.insert(self._table).from_select(names, last)
        return int(self._connection.execute(insert, execution_options={"preserve_rowcount": True}).rowcount)

    def _drop(self) -> None:
        kind = "TEMPORARY TABLE" if self._connection.dialect.name in ("mysql", "mariadb") else "TABLE"
        self._connection.exec_driver_sql(f"DROP {kind} {self._staged.name}")  # on MySQL, DROP TABLE would commit

    def _comparable_key(self, table: sa.Table) -> list[sa.ColumnElement[Any]]:
        return [self._comparable(ours, table.c[self._columns[ours]]) for ours in self._key]

    def _comparable(self, ours: str, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
        """A column of the key in a form that compares: a period as its date, a text exactly, whatever its type."""
        if ours not in MOMENTS:
            exact = self._exact(column)
            return sa.func.coalesce(exact, "") if ours in self._optional else exact
        if isinstance(column.type, sa.Date):
            return column
        return sa.func.date(column) if self._connection.dialect.name == "sqlite" else sa.cast(column, sa.Date)

    def _exact(self, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
        """A text whose comparison no collation of MySQL relaxes."""
        dialect = self._connection.dialect
        if dialect.name not in ("mysql", "mariadb") or not isinstance(column.type, sa.String):
            return column
        return sa.cast(column, mysql.CHAR(charset="utf8mb4")).collate(exact_collation(dialect))
