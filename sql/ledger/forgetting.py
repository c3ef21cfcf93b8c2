"""Removing a customer from our tables, and counting the rows that remain in the source."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nightcast.rejections import masked
from nightcast.values import Product
from sql.engine import BUSY_SECONDS, Database
from sql.source.lookup import SourceRelation
from sql.tables import forecast_run, next_visit_stored, rejected_row
from sql.tables.of_runs import is_of_runs

_TABLES = "next_visit_stored, rejected_row"
_COPIES = {
    "postgresql": [
        ("dead rows of the tables", f"VACUUM (FULL) {_TABLES}; as the owner, in the schema of the tables"),
        ("the write-ahead log", "CHECKPOINT; SELECT pg_switch_wal(); and the end of the archive's retention"),
    ],
    "mysql": [
        ("freed pages of the tables", f"OPTIMIZE TABLE {_TABLES}; as the owner"),
        ("the binary log", "PURGE BINARY LOGS BEFORE NOW(); when no replica needs it"),
    ],
}
_COPIES["mariadb"] = _COPIES["mysql"]
"""Copies that each server keeps of removed rows, and what ends them."""


def forget_customer(database: Database, customer: str) -> dict[str, int]:
    """Remove a customer from all runs, in one transaction; may be repeated.

    Examples of rejected rows that may show the customer are removed; their counts are kept. See `what_remains` for
    copies that the database keeps below its tables.

    Returns:
        The number of rows removed or changed, by table.
    """
    with database.write() as connection:
        if database.dialect == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete = ON")  # overwrite removed rows in the file
        return {
            next_visit_stored.name: _remove(connection, customer),
            rejected_row.name: _remove_examples(connection, customer),
        }


def what_remains(database: Database) -> list[tuple[str, str]]:
    """Where the database may keep copies of removed rows, and what ends each of them.

    On SQLite the copies in the write-ahead log are ended here, unless a reader is in its way.
    """
    if database.dialect == "sqlite":
        return _what_sqlite_keeps(database)
    return _COPIES.get(database.dialect, [])


def _what_sqlite_keeps(database: Database) -> list[tuple[str, str]]:
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 2000")
        is_busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        free_pages = connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()
    copies = []
    if is_busy:
        copies.append(
            (f"{database.file}-wal, since others read the database", "Repeat this command when they have ended.")
        )
    if free_pages:  # of rows that were removed before, without being overwritten
        copies.append((f"{free_pages:,} free pages of {database.file}", f"sqlite3 {database.file} VACUUM"))
    return copies


def count_in_source(database: Database, source: SourceRelation, column: str, customer: str) -> int:
    """The customer's number of rows in a source; identifiers are compared as text, as nights read them."""
    text = sa.Text if database.dialect in ("sqlite", "postgresql") else sa.String
    mine = sa.cast(sa.column(column), text) == customer
    with database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(source.clause).where(mine)).scalar_one()


def is_night_under_way(database: Database) -> bool:
    """Whether a run is under way that may have read the customer already."""
    run = forecast_run.c
    query = sa.select(sa.exists().where(run.product == Product.NEXT_VISIT, run.status == "running"))
    exists = database.value(query)
    return bool(exists)


def _remove(connection: Connection, customer: str) -> int:
    # By run, with which the primary key begins: a search by customer alone would read every row of every run.
    runs = sa.select(forecast_run).where(forecast_run.c.product == Product.NEXT_VISIT)
    mine = is_of_runs(next_visit_stored, runs) & (next_visit_stored.c.customer_id == customer)
    return int(connection.execute(sa.delete(next_visit_stored).where(mine)).rowcount)


def _remove_examples(connection: Connection, customer: str) -> int:
    table = rejected_row.c
    query = sa.select(table.rejection_id, table.example).where(table.source == "visits", table.example.is_not(None))
    chosen = [row.rejection_id for row in connection.execute(query) if _may_show(row.example, customer)]
    for rejection_id in chosen:
        connection.execute(sa.update(rejected_row).where(table.rejection_id == rejection_id).values(example=None))
    return len(chosen)


def _may_show(example: str, customer: str) -> bool:
    """Whether an example may show this customer, or one with the same masked identifier.

    Examples of earlier versions show values, which may be identifiers where columns were swapped.
    """
    return f"customer {masked(customer)}," in example or repr(customer[:40])[1:-1] in example
