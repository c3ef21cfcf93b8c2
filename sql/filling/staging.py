"""Temporary tables for rows on their way into a source table, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Connection, Dialect

from nightcast.values import new_id
from sql.types import exact_collation
from sql.writing import append

ROW = "nightcast_row"
"""The column that numbers the staged rows in the order in which they came."""


class Staging:
    """A temporary table.

    Args:
        connection: open for writing.
        columns: the columns of the rows.

    Attributes:
        table: the temporary table; it has a column `ROW` besides.
    """

    def __init__(self, connection: Connection, columns: Iterable[sa.Column[Any]]) -> None:
        self._connection, self._rows = connection, 0
        name = f"nightcast_{new_id().replace('-', '_')}"
        self.table = sa.Table(name, sa.MetaData(), *columns, sa.Column(ROW, sa.BigInteger), prefixes=["TEMPORARY"])
        self.table.create(connection)

    def add(self, rows: pa.Table) -> None:
        """Stage rows."""
        numbers = pa.array(np.arange(self._rows, self._rows + rows.num_rows))
        self._rows += append(self._connection, self.table, rows.append_column(ROW, numbers))

    def prepare(self) -> None:
        """Let the database know how large the table is: PostgreSQL has no statistics of a temporary one."""
        if self._connection.dialect.name == "postgresql":
            self._connection.exec_driver_sql(f"ANALYZE {self.table.name}")

    def drop(self) -> None:
        """Remove the table."""
        kind = "TEMPORARY TABLE" if self._connection.dialect.name in ("mysql", "mariadb") else "TABLE"
        self._connection.exec_driver_sql(f"DROP {kind} {self.table.name}")  # on MySQL, DROP TABLE would commit


def exact_text(column: sa.Column[Any], dialect: Dialect) -> sa.ColumnElement[Any]:
    """A column whose comparison no collation of MySQL relaxes."""
    if dialect.name not in ("mysql", "mariadb") or not isinstance(column.type, sa.String):
        return column
    return sa.cast(column, mysql.CHAR(charset="utf8mb4")).collate(exact_collation(dialect))
