"""Forecasts of next visits as they are stored, and the views that show them as one row per customer, or per bin."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from sql.ledger.runs import Run
from sql.tables import BIN_COLUMNS, SCHEMA, next_visit_stored

_VIEWS = sa.MetaData(schema=SCHEMA)

next_visit = sa.Table(
    "next_visit",
    _VIEWS,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text, primary_key=True),
    *(sa.Column(name, sa.Double) for name in ("overdue_days", "likely_bin_probability", "return_probability")),
    sa.Column("state", sa.Text),
    *(
        sa.Column(column.name, column.type)
        for column in next_visit_stored.columns
        if column.name not in ("run_number", "customer_id", "state_number", *BIN_COLUMNS)
    ),
)
next_visit_bin = sa.Table(
    "next_visit_bin",
    _VIEWS,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("bin", sa.SmallInteger, primary_key=True),
    sa.Column("probability", sa.Double),
)


def stored_row(run: Run, customer: str, chances: Sequence[float], elapsed_days: int = 1) -> dict[str, Any]:
    """The stored row of a customer.

    Args:
        run: its run.
        customer: its identifier.
        chances: the probabilities of the bins but the last one.
        elapsed_days: from the last visit to the as-of.
    """
    return {
        "run_number": run.run_number,
        "customer_id": customer,
        "last_visit_on": run.as_of - datetime.timedelta(days=elapsed_days),
        "visit_days": 4,
        "elapsed_days": elapsed_days,
        "likely_bin": 1,
        **dict(zip(BIN_COLUMNS, chances, strict=False)),
    }


def by_bin(row: dict[str, Any]) -> dict[tuple[str, int], float]:
    """The probabilities of a stored row, by customer and bin."""
    chances = [row[name] for name in BIN_COLUMNS if row.get(name) is not None]
    return {(row["customer_id"], number): chance for number, chance in enumerate([*chances, 1 - sum(chances)], 1)}
