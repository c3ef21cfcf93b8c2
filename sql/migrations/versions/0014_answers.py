"""Answers: dates and value of customers, counts of visits, totals, what came, and single scores.

Forecasts that are published already keep null in the new columns.

Revision: 0014, after 0013.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.types import TypeEngine

from sql.types import Identifier, Name, UtcDateTime

revision = "0014"
down_revision = "0013"

_QUANTILES = ("q025", *(f"q{share}" for share in range(10, 100, 10)), "q975")
_OF_CUSTOMERS: dict[str, TypeEngine[Any]] = {
    "usual_interval_days": sa.Double(),
    "overdue_days": sa.Double(),
    "amount_year": sa.Double(),
    "state": Name,
    "habit_probability": sa.Double(),
    "season_probability": sa.Double(),
    "date_10": sa.Date(),
    "date_50": sa.Date(),
    "date_90": sa.Date(),
    "booked_on": sa.Date(),
    "expected_visits_28": sa.Double(),
    "expected_visits_365": sa.Double(),
    "expected_amount_365": sa.Double(),
}


def upgrade() -> None:
    """Add the columns and the tables."""
    schema = context.config.attributes["schema"]
    for name, kind in _OF_CUSTOMERS.items():
        op.add_column("next_visit", sa.Column(name, kind), schema=schema)
    op.add_column("sales_forecast", sa.Column("known_effect", sa.Double()), schema=schema)
    op.create_table(
        "next_visit_day",
        sa.Column("run_id", Name, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("customers", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "day", name="pk_next_visit_day"),
        schema=schema,
    )
    _create_forecast(schema)
    for name in ("sales_total", "visit_count_total"):
        _create_totals(name, schema)
    for name in ("sales_actual", "visit_count_actual"):
        _create_actuals(name, schema)
    _create_scores(schema)
    _create_hindsight(schema)


def _create_forecast(schema: str | None) -> None:
    op.create_table(
        "visit_count_forecast",
        sa.Column("run_id", Name, nullable=False),
        sa.Column("series_id", Identifier, nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mean", sa.Double(), nullable=False),
        *_quantiles(),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("known_effect", sa.Double()),
        sa.Column("booked", sa.Double()),
        sa.Column("year_ago", sa.Double()),
        sa.PrimaryKeyConstraint("run_id", "series_id", "step", name="pk_visit_count_forecast"),
        schema=schema,
    )


def _create_totals(name: str, schema: str | None) -> None:
    op.create_table(
        name,
        sa.Column("run_id", Name, nullable=False),
        sa.Column("level", Identifier, nullable=False),
        sa.Column("group_value", Identifier, nullable=False),
        sa.Column("span", Name, nullable=False),
        sa.Column("from_period", sa.Date(), nullable=False),
        sa.Column("to_period", sa.Date(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("mean", sa.Double(), nullable=False),
        *_quantiles(),
        sa.PrimaryKeyConstraint("run_id", "level", "group_value", "span", "from_period", name=f"pk_{name}"),
        schema=schema,
    )


def _create_actuals(name: str, schema: str | None) -> None:
    op.create_table(
        name,
        sa.Column("series_id", Identifier, nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("first_seen_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("series_id", "period", name=f"pk_{name}"),
        schema=schema,
    )


def _create_scores(schema: str | None) -> None:
    op.create_table(
        "series_score",
        sa.Column("run_id", Name, nullable=False),
        sa.Column("series_id", Identifier, nullable=False),
        sa.Column("part", Name, nullable=False),
        sa.Column("metric", Name, nullable=False),
        sa.Column("product", Name, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("scored_through", sa.Date(), nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("baseline_value", sa.Double()),
        sa.Column("is_backfill", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "series_id", "part", "metric", name="pk_series_score"),
        schema=schema,
    )
    op.create_index("ix_series_score_product_series_id", "series_score", ["product", "series_id"], schema=schema)
    op.create_table(
        "visit_calibration",
        sa.Column("run_id", Name, nullable=False),
        sa.Column("part", Name, nullable=False),
        sa.Column("group_number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("scored_through", sa.Date(), nullable=False),
        sa.Column("predicted", sa.Double(), nullable=False),
        sa.Column("realised", sa.Double(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("is_backfill", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "part", "group_number", name="pk_visit_calibration"),
        schema=schema,
    )


def _create_hindsight(schema: str | None) -> None:
    op.create_table(
        "product_trust",
        sa.Column("product", Name, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("mark", Name),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("forecasts", sa.Integer(), nullable=False),
        sa.Column("part", Name),
        sa.Column("scored_through", sa.Date()),
        sa.Column("is_backfill", sa.Boolean()),
        sa.Column("expected_customers", sa.Double()),
        sa.Column("realised_customers", sa.Double()),
        sa.Column("coverage_80", sa.Double()),
        sa.Column("metric", Name),
        sa.Column("value", sa.Double()),
        sa.Column("baseline_value", sa.Double()),
        sa.PrimaryKeyConstraint("product", name="pk_product_trust"),
        schema=schema,
    )
    op.create_table(
        "forecast_change",
        sa.Column("run_id", Name, nullable=False),
        sa.Column("measure", Name, nullable=False),
        sa.Column("product", Name, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("previous_run_id", Name, nullable=False),
        sa.Column("previous_as_of", sa.Date(), nullable=False),
        sa.Column("previous", sa.Double(), nullable=False),
        sa.Column("present", sa.Double(), nullable=False),
        sa.Column("by_calendar", sa.Double(), nullable=False),
        sa.Column("by_data", sa.Double()),
        sa.Column("by_model", sa.Double()),
        sa.PrimaryKeyConstraint("run_id", "measure", name="pk_forecast_change"),
        schema=schema,
    )


def _quantiles() -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double(), nullable=False) for name in _QUANTILES]
