"""Which rows of a forecast table belong to a run: those with its ID, or in the largest table with its short number."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from sql.tables import FORECAST_TABLES, forecast_run, run_shard

Condition = sa.ColumnElement[bool]


def is_of_run(table: sa.Table, run_id: str) -> Condition:
    """Whether a row belongs to one run."""
    if "run_id" in table.c:
        return table.c.run_id == run_id
    # Equal, and not one of a list: so every database reads the rows in the order of the index.
    number = sa.select(forecast_run.c.run_number).where(forecast_run.c.run_id == run_id)
    return table.c.run_number == number.scalar_subquery()


def is_of_runs(table: sa.Table, runs: sa.Select[Any]) -> Condition:
    """Whether a row belongs to one of these rows of the ledger, all of the table's product."""
    column = key_of(table)
    return column.in_(runs.with_only_columns(forecast_run.c[column.name]))


def is_of_ledger_row(table: sa.Table) -> Condition:
    """Whether a row belongs to the row of the ledger in the query around it, which is of the table's product."""
    column = key_of(table)
    return column == forecast_run.c[column.name]


def key_of(table: sa.Table) -> sa.Column[Any]:
    """The column by which a table refers to runs; the ledger has a column of the same name."""
    key: sa.Column[Any] = table.c.run_id if "run_id" in table.c else table.c.run_number
    return key


def tables_of_runs(product: str) -> tuple[sa.Table, ...]:
    """The tables with rows of single runs of a product, in the order in which these are removed.

    A worker that is writing holds its row in `run_shard`, so that removing that row first waits for all it has written.
    """
    return (run_shard, *FORECAST_TABLES[product])
