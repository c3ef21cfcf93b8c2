"""Appending rows without those that a table has already, as a file with a day more has them.

A row is known if a row of the table has equal values in all columns that are filled. Of several equal rows in the file,
as many are known as the table has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sql.filling.columns import type_of
from sql.filling.staging import ROW, Staging, exact_text

_RANK = "nightcast_rank"
_COUNT = "nightcast_count"


class NewRows:
    """Rows on their way into a table that may have some of them, in one transaction.

    Args:
        connection: open for writing.
        table: the table to fill.
        columns: the names of the columns to fill, keyed by ours.
        moment: our name of the column by which the table is searched.
    """

    def __init__(self, connection: Connection, table: sa.Table, columns: Mapping[str, str], moment: str) -> None:
        self._connection, self._table, self._columns = connection, table, columns
        self._moment = columns[moment]
        # With the types of the table, a value is rounded or cut here just as it was there.
        self._staging = Staging(connection, (sa.Column(name, self._type(ours)) for ours, name in columns.items()))

    def add(self, rows: pa.Table) -> None:
        """Stage rows, with the table's column names."""
        self._staging.add(rows)

    def insert(self) -> int:
        """Append the rows that the table does not have; returns how many."""
        self._staging.prepare()
        counted, ranked = self._counted().subquery(), self._ranked().subquery()
        same = sa.and_(*(counted.c[name].is_not_distinct_from(ranked.c[_key(name)]) for name in self._columns.values()))
        joined = ranked.outerjoin(counted, same)
        fresh = (
            sa.select(*(ranked.c[name] for name in self._columns.values()))
            .select_from(joined)
            .where(ranked.c[_RANK] > sa.func.coalesce(counted.c[_COUNT], 0))
            .order_by(ranked.c[ROW])
        )
        insert = sa.insert(self._table).from_select(list(self._columns.values()), fresh)
        rows = self._connection.execute(insert, execution_options={"preserve_rowcount": True}).rowcount
        self._staging.drop()
        return int(rows)

    def _counted(self) -> sa.Select[Any]:
        """How often the table has each row, among those as old as the staged ones."""
        staged = self._staging.table.c[self._moment]
        # As the driver gives them: SQLite keeps texts in columns of any type.
        ends = (sa.type_coerce(end(staged), sa.types.NullType()) for end in (sa.func.min, sa.func.max))
        first, last = self._connection.execute(sa.select(*ends)).one()
        keys = [exact_text(self._table.c[name], self._connection.dialect) for name in self._columns.values()]
        labelled = (key.label(name) for key, name in zip(keys, self._columns.values(), strict=True))
        column = sa.type_coerce(self._table.c[self._moment], sa.types.NullType())
        return sa.select(*labelled, sa.func.count().label(_COUNT)).where(column.between(first, last)).group_by(*keys)

    def _ranked(self) -> sa.Select[Any]:
        """The staged rows; of equal ones the first has rank 1."""
        staged, names = self._staging.table.c, list(self._columns.values())
        keys = [exact_text(staged[name], self._connection.dialect) for name in names]
        rank = sa.func.row_number().over(partition_by=keys, order_by=staged[ROW]).label(_RANK)
        labelled = (key.label(_key(name)) for key, name in zip(keys, names, strict=True))
        return sa.select(*(staged[name] for name in names), staged[ROW], *labelled, rank)

    def _type(self, ours: str) -> sa.types.TypeEngine[Any]:
        kind = self._table.c[self._columns[ours]].type
        return type_of(ours) if isinstance(kind, sa.types.NullType) else kind


def _key(name: str) -> str:
    return f"nightcast_key_{name}"
