"""A generated shop of any size: its visits as arrays, and as tables of a database."""

from __future__ import annotations

import contextlib
import datetime
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import URL

AS_OF = datetime.date(2026, 1, 5)
"""The day after the newest visit."""

DAYS, NEWEST_CUSTOMERS_DAYS, VISITS_EACH = 730, 130, 20
DAY_SECONDS, OPEN_SECONDS = 86_400, (8 * 3_600, 20 * 3_600)
FIRST_ID, ID_STEP = 4_000_000_000, 7
"""Identifiers need 64 bits, and are no numbers of rows."""

AT_ONCE = 1_000_000
COLUMNS = ("customer_id", "visited_at", "amount")
_CREATE = {
    "postgresql": "CREATE TABLE {} (customer_id bigint NOT NULL, visited_at timestamp NOT NULL, amount numeric(12, 2))",
    "sqlite": "CREATE TABLE {} (customer_id INTEGER NOT NULL, visited_at TEXT NOT NULL, amount REAL)",
}


@dataclass(frozen=True, eq=False)
class Visits:
    """Visits in the order of their time, as a till writes them.

    Attributes:
        customer: int32 (m), codes from 0 on.
        second: int64 (m), since 1970-01-01.
        cents: int32 (m), the amounts.
    """

    customer: NDArray[np.int32]
    second: NDArray[np.int64]
    cents: NDArray[np.int32]

    @classmethod
    def generated(cls, customers: int, seed: int = 0) -> Visits:
        """Customers with gamma distributed rates, one visit at least and twenty on average, over two years."""
        random = np.random.default_rng(seed)
        visits = np.maximum(random.poisson(random.gamma(0.7, VISITS_EACH / 0.7, customers)), 1)
        first = random.integers(0, DAYS - NEWEST_CUSTOMERS_DAYS, customers, dtype=np.int32)
        customer = np.repeat(np.arange(customers, dtype=np.int32), visits)
        day = first[customer] + (random.random(customer.size, np.float32) * (DAYS - first)[customer]).astype(np.int32)
        start = (AS_OF - datetime.date(1970, 1, 1)).days - DAYS
        second = (start + np.minimum(day, DAYS - 1).astype(np.int64)) * DAY_SECONDS
        second += random.integers(*OPEN_SECONDS, customer.size)
        order = np.argsort(second)
        return cls(customer[order], second[order], (100 * random.gamma(2, 20, customer.size)).astype(np.int32))

    def of_every(self, step: int) -> Visits:
        """The visits of every `step`-th customer."""
        chosen = self.customer % step == 0
        return Visits(self.customer[chosen], self.second[chosen], self.cents[chosen])

    def first_of_each(self, visits: int) -> Visits:
        """The first visits of each customer, at most so many."""
        order = np.argsort(self.customer, kind="stable")
        first = np.searchsorted(self.customer[order], self.customer[order])
        chosen = np.sort(order[np.arange(order.size) - first < visits])
        return Visits(self.customer[chosen], self.second[chosen], self.cents[chosen])

    @property
    def customers(self) -> int:
        """The number of customers."""
        return int(np.unique(self.customer).size)

    def tables(self) -> Iterator[pa.Table]:
        """The rows, `AT_ONCE` at a time."""
        for start in range(0, self.customer.size, AT_ONCE):
            part = slice(start, start + AT_ONCE)
            ids = FIRST_ID + ID_STEP * self.customer[part].astype(np.int64)
            moments = pa.array(self.second[part]).cast(pa.timestamp("s"))
            yield pa.table([ids, moments, self.cents[part] / 100], names=COLUMNS)


def write_visits(url: URL, tables: dict[str, Visits]) -> None:
    """Create tables of visits, by their names."""
    for name, visits in tables.items():
        if url.get_backend_name() == "sqlite":
            _write_sqlite(Path(url.database or ""), name, visits)
        else:
            _write_postgresql(url, name, visits)


def copy_rows(cursor: Any, target: str, rows: pa.Table) -> None:
    """Write rows into a table of PostgreSQL by COPY, with a cursor of psycopg."""
    buffer = pa.BufferOutputStream()
    pyarrow.csv.write_csv(rows, buffer, pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed"))
    with cursor.copy(f"COPY {target} FROM STDIN (FORMAT csv)") as copy:
        copy.write(memoryview(buffer.getvalue()))


@contextlib.contextmanager
def administered(url: URL) -> Iterator[sa.Connection]:
    """A connection on which each statement is a transaction."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection


def _write_postgresql(url: URL, name: str, visits: Visits) -> None:
    with administered(url) as connection:
        connection.exec_driver_sql(_CREATE["postgresql"].format(name))
        cursor: Any = connection.connection.cursor()
        with cursor:
            for rows in visits.tables():
                copy_rows(cursor, name, rows)
        connection.exec_driver_sql(f"VACUUM ANALYZE {name}")  # else the first reader would write hint bits
        connection.exec_driver_sql("CHECKPOINT")


def _write_sqlite(path: Path, name: str, visits: Visits) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(_CREATE["sqlite"].format(name))
        for rows in visits.tables():
            rows = rows.set_column(1, COLUMNS[1], rows[COLUMNS[1]].cast(pa.string()))
            columns = [column.to_pylist() for column in rows.columns]
            connection.executemany(f"INSERT INTO {name} VALUES (?, ?, ?)", zip(*columns, strict=True))  # noqa: S608
