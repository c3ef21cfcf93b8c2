"""A customer out of every table of ours, and where the customer still is."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nightcast.rejections import masked
from nightcast.values import Product
from sql.engine import Database
from sql.source.finding import FoundSource
from sql.tables import forecast_run, next_visit, next_visit_bin, rejected_row, source_load


def forget_customer(database: Database, customer: str) -> dict[str, int]:
    """Remove a customer from all runs, in one transaction; safe to repeat.

    Where an example of a rejected row may show the customer, the example goes and the count stays.

    Returns:
        How many rows were removed or changed, by table.
    """
    with database.write() as connection:
        if database.dialect == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete = ON")  # what is removed is overwritten in the file
        found = {table.name: _remove(connection, table, customer) for table in (next_visit, next_visit_bin)}
        found[rejected_row.name] = _remove_examples(connection, customer)
    if database.dialect == "sqlite":
        with database.engine.connect() as connection:  # nor does the log beside the file keep it
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return found


def count_in_source(database: Database, source: FoundSource, column: str, customer: str) -> int:
    """How many rows of a source are the customer's; identifiers are compared as the nights read them, as text."""
    text = sa.Text if database.dialect in ("sqlite", "postgresql") else sa.String
    mine = sa.cast(sa.column(column), text) == customer
    with database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(source.clause).where(mine)).scalar_one()


def loads_of_visits(database: Database) -> list[tuple[str, int]]:
    """The files of visits that were loaded, each once, with how many of their rows were rejected at most."""
    table = source_load.c
    query = (
        sa.select(table.file_name, sa.func.max(table.rows_rejected))
        .where(table.source == "visits")
        .group_by(table.file_name)
        .order_by(table.file_name)
    )
    with database.read() as connection:
        return [(name, rejected) for name, rejected in connection.execute(query)]


def is_night_under_way(database: Database) -> bool:
    """Whether a night is running that may have read the customer already."""
    run = forecast_run.c
    query = sa.select(sa.exists().where(run.product == Product.NEXT_VISIT, run.status == "running"))
    with database.read() as connection:
        return bool(connection.execute(query).scalar_one())


def _remove(connection: Connection, table: sa.Table, customer: str) -> int:
    # By run, as the primary key begins: a search by customer alone would read every row of every night.
    runs = sa.select(forecast_run.c.run_id).where(forecast_run.c.product == Product.NEXT_VISIT)
    mine = table.c.run_id.in_(runs) & (table.c.customer_id == customer)
    return int(connection.execute(sa.delete(table).where(mine)).rowcount)


def _remove_examples(connection: Connection, customer: str) -> int:
    table = rejected_row.c
    query = sa.select(table.rejection_id, table.example).where(table.source == "visits", table.example.is_not(None))
    chosen = [row.rejection_id for row in connection.execute(query) if _may_show(row.example, customer)]
    for rejection_id in chosen:
        connection.execute(sa.update(rejected_row).where(table.rejection_id == rejection_id).values(example=None))
    return len(chosen)


def _may_show(example: str, customer: str) -> bool:
    """Whether an example is of this customer, or of another one that looks the same when masked.

    Nights mask identifiers; loads show the value that cannot be used, of which the identifier may be a part.
    """
    return example.startswith(f"customer {masked(customer)},") or repr(customer[:40])[1:-1] in example.partition(":")[2]
