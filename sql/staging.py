"""Replacing rows by their key: an upsert that works on any table that the user may have made.

Rows go to a temporary table first and replace those of the same key at the end: a delete and an insert, which need no
unique constraint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sql import ledger
from sql.source_columns import MOMENTS, TYPES
from sql.writing import append

_ROW = "nightcast_row"


class Staging:
    """Rows on their way into a table, inside one transaction.

    Args:
        connection: open for writing.
        table: where the rows shall go.
        columns: the table's columns that the rows have, keyed by our names.
        key: our names of the columns that a row is known by.
        optional: those of the key in which no value equals no value.
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
        """Take more rows, their columns named as the table's."""
        numbers = pa.array(np.arange(self._rows, self._rows + rows.num_rows))
        self._rows += append(self._connection, self._staged, rows.append_column(_ROW, numbers))

    def merge(self) -> int:
        """Bring the rows into the table, of several of one key the last; returns how many have given way to a later."""
        if self._connection.dialect.name == "postgresql":  # which knows nothing of a temporary table until told
            self._connection.exec_driver_sql(f"ANALYZE {self._staged.name}")
        self._delete_replaced()
        repeated = self._rows - self._insert_last()
        self._staged.drop(self._connection)
        return repeated

    def _make(self) -> sa.Table:
        name = f"nightcast_{ledger.new_id().replace('-', '_')}"
        columns = (sa.Column(theirs, TYPES[ours]) for ours, theirs in self._columns.items())
        staged = sa.Table(name, sa.MetaData(), *columns, sa.Column(_ROW, sa.BigInteger), prefixes=["TEMPORARY"])
        staged.create(self._connection)
        return staged

    def _delete_replaced(self) -> None:
        replaced = sa.tuple_(*self._comparable_key(self._table)).in_(sa.select(*self._comparable_key(self._staged)))
        self._connection.execute(sa.delete(self._table).where(replaced))

    def _insert_last(self) -> int:
        number = self._staged.c[_ROW]
        columns = [self._staged.c[theirs] for theirs in self._columns.values()]
        last = sa.select(sa.func.max(number)).group_by(*(self._staged.c[self._columns[ours]] for ours in self._key))
        chosen = sa.select(*columns).where(number.in_(last)).order_by(number)
        insert = sa.insert(self._table).from_select([column.name for column in columns], chosen)
        return int(self._connection.execute(insert, execution_options={"preserve_rowcount": True}).rowcount)

    def _comparable_key(self, table: sa.Table) -> list[sa.ColumnElement[Any]]:
        return [self._comparable(ours, table.c[self._columns[ours]]) for ours in self._key]

    def _comparable(self, ours: str, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
        """A part of a key as it compares: a period is its day whatever type holds it."""
        if ours in self._optional:
            return sa.func.coalesce(column, "")
        if ours not in MOMENTS or isinstance(column.type, sa.Date):
            return column
        return sa.func.date(column) if self._connection.dialect.name == "sqlite" else sa.cast(column, sa.Date)
