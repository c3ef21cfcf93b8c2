"""One stored row per customer, with a column for each bin and a short number in place of the run's ID.

The tables `next_visit` and `next_visit_bin` become views of it. Runs with more than 12 bins, which the settings allowed
once, lose their forecasts, as if they had been pruned.

Revision: 0015, after 0014.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.types import TypeEngine

from sql.types import Identifier, Single

revision = "0015"
down_revision = "0014"

_BINS = 12
_STATES = ("new", "regular", "due", "overdue", "lapsing", "lost")
_COPIED: dict[str, TypeEngine[Any]] = {
    "usual_interval_days": Single,
    "amount_total": sa.Double(),
    "amount_year": sa.Double(),
    "habit_probability": Single,
    "season_probability": Single,
    "expected_visits_28": sa.Double(),
    "expected_visits_365": sa.Double(),
    "expected_amount_365": sa.Double(),
    "last_visit_on": sa.Date(),
    "elapsed_days": sa.Integer(),
    "date_10": sa.Date(),
    "date_50": sa.Date(),
    "date_90": sa.Date(),
    "booked_on": sa.Date(),
    "median_days_ahead": sa.SmallInteger(),
    "likely_bin": sa.SmallInteger(),
    "visit_days": sa.SmallInteger(),
    "state_number": sa.SmallInteger(),
}
_NEEDED = {"last_visit_on", "visit_days", "elapsed_days", "likely_bin"}


def upgrade() -> None:
    """Number the runs, copy their rows into the new table, and drop the old ones."""
    schema = context.config.attributes["schema"]
    _number_runs(schema)
    stored = op.create_table(
        "next_visit_stored",
        *(sa.Column(f"probability_{number}", sa.Double()) for number in range(1, _BINS)),
        *(_copied(name) for name in _COPIED if isinstance(_COPIED[name], sa.Double)),
        sa.Column("run_number", sa.Integer(), autoincrement=False, nullable=False),
        *(_copied(name) for name in _COPIED if not isinstance(_COPIED[name], sa.Double)),
        sa.Column("customer_id", Identifier, nullable=False),
        sa.PrimaryKeyConstraint("run_number", "customer_id", name="pk_next_visit_stored"),
        schema=schema,
    )
    _remove_long_runs(schema)
    rows = _stored_rows(schema)
    op.execute(stored.insert().from_select([column.name for column in rows.selected_columns], rows))
    op.create_index(
        "ix_next_visit_stored_run_number_probability_1",
        "next_visit_stored",
        ["run_number", "probability_1"],
        schema=schema,
    )
    for name in ("next_visit_bin", "next_visit"):
        op.drop_table(name, schema=schema)


def _copied(name: str) -> sa.Column[Any]:
    return sa.Column(name, _COPIED[name], nullable=name not in _NEEDED)


def _number_runs(schema: str | None) -> None:
    """Number the runs of each product in the order of their IDs, which is that of their beginning."""
    op.add_column("forecast_run", sa.Column("run_number", sa.Integer()), schema=schema)
    run = _table("forecast_run", schema, "run_id", "product", "run_number")
    position = sa.func.row_number().over(partition_by=run.c.product, order_by=run.c.run_id)
    # Through a subquery, since MySQL updates no table that the statement reads.
    numbered = sa.select(run.c.run_id, position.label("number")).subquery()
    number = sa.select(numbered.c.number).where(numbered.c.run_id == run.c.run_id).scalar_subquery()
    op.execute(sa.update(run).values(run_number=number))
    op.create_index(
        "ix_forecast_run_product_run_number", "forecast_run", ["product", "run_number"], unique=True, schema=schema
    )


def _remove_long_runs(schema: str | None) -> None:
    bins = _table("visit_bin", schema, "run_id", "bin")
    long = sa.select(bins.c.run_id).where(bins.c.bin > _BINS).subquery()
    long_runs = sa.select(long.c.run_id)
    for name in ("next_visit", "next_visit_bin", "visit_bin"):
        table = _table(name, schema, "run_id")
        op.execute(sa.delete(table).where(table.c.run_id.in_(long_runs)))


def _stored_rows(schema: str | None) -> sa.Select[tuple[object, ...]]:
    """The rows of both old tables, one per run and customer; the last bin of a run is left out."""
    run = _table("forecast_run", schema, "run_id", "run_number")
    old = _table("next_visit", schema, "run_id", "customer_id", "state", *_COPIED)
    row = _table("next_visit_bin", schema, "run_id", "customer_id", "bin", "probability")
    bins = _table("visit_bin", schema, "run_id", "bin", "to_day")
    probabilities = [
        sa.func.max(sa.case((row.c.bin == number, row.c.probability))).label(f"probability_{number}")
        for number in range(1, _BINS)
    ]
    is_last = (bins.c.run_id == row.c.run_id) & (bins.c.bin == row.c.bin) & bins.c.to_day.is_(None)
    by_customer = (
        sa.select(row.c.run_id, row.c.customer_id, *probabilities)
        .where(~sa.exists().where(is_last))
        .group_by(row.c.run_id, row.c.customer_id)
        .subquery()
    )
    of_customer = (by_customer.c.run_id == old.c.run_id) & (by_customer.c.customer_id == old.c.customer_id)
    return (
        sa.select(run.c.run_number, old.c.customer_id, *(by_customer.c[one.name] for one in probabilities))
        .add_columns(*(_as_now(old, name).label(name) for name in _COPIED))
        .join_from(old, run, run.c.run_id == old.c.run_id)
        .join(by_customer, of_customer)
    )


def _as_now(old: sa.TableClause, name: str) -> sa.ColumnElement[object]:
    """A column as it is stored now: a median beyond a year is null, which early revisions did not know."""
    if name == "state_number":
        return sa.case(*((old.c.state == state, number) for number, state in enumerate(_STATES, 1)))
    return sa.case((old.c[name] <= 366, old.c[name])) if name == "median_days_ahead" else old.c[name]


def _table(name: str, schema: str | None, *columns: str) -> sa.TableClause:
    return sa.table(name, *map(sa.column, columns), schema=schema)
