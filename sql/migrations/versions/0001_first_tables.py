"""The first tables: the ledger, the lock, forecasts, models, scores, loads and rejections.

Revision: 0001, the first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

from sql.types import Identifier, Name, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    schema = context.config.attributes["schema"]
    op.create_table(
        "forecast_run",
        sa.Column("run_id", Name, nullable=False),
        sa.Column("product", Name, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("status", Name, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("heartbeat_at", UtcDateTime()),
        sa.Column("published_at", UtcDateTime()),
        sa.Column("finished_at", UtcDateTime()),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("flow_run_id", sa.Text()),
        sa.Column("model_version", Identifier),
        sa.Column("served", sa.Text()),
        sa.Column("retrained", sa.Boolean()),
        sa.Column("decision", sa.Text()),
        sa.Column("data_through", sa.Date()),
        sa.Column("subjects", sa.BigInteger()),
        sa.Column("rows_read", sa.BigInteger()),
        sa.Column("rows_written", sa.BigInteger()),
        sa.Column("rows_rejected", sa.BigInteger()),
        sa.Column("stage_seconds", sa.JSON()),
        sa.Column("settings", sa.JSON()),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.PrimaryKeyConstraint("run_id", name="pk_forecast_run"),
        schema=schema,
    )
    op.create_index(
        "ix_forecast_run_product_status_as_of", "forecast_run", ["product", "status", "as_of"], schema=schema
    )
    op.create_table(
        "product_lock",
        sa.Column("product", Name, nullable=False),
        sa.Column("run_id", Name, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("process_started_at", sa.Double(), nullable=False),
        sa.Column("heartbeat_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("product", name="pk_product_lock"),
        schema=schema,
    )
    op.create_table(
        "next_visit",
        sa.Column("run_id", Name, nullable=False),
        sa.Column("customer_id", Identifier, nullable=False),
        sa.Column("last_visit_on", sa.Date(), nullable=False),
        sa.Column("visit_days", sa.Integer(), nullable=False),
        sa.Column("elapsed_days", sa.Integer(), nullable=False),
        sa.Column("amount_total", sa.Double()),
        sa.Column("likely_bin", sa.SmallInteger(), nullable=False),
        sa.Column("likely_bin_probability", sa.Double(), nullable=False),
        sa.Column("median_days", sa.Double()),
        sa.Column("return_probability", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "customer_id", name="pk_next_visit"),
        schema=schema,
    )
    op.create_table(
        "next_visit_bin",
        sa.Column("run_id", Name, nullable=False),
        sa.Column("customer_id", Identifier, nullable=False),
        sa.Column("bin", sa.SmallInteger(), nullable=False, autoincrement=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "customer_id", "bin", name="pk_next_visit_bin"),
        schema=schema,
    )
    op.create_table(
        "visit_bin",
        sa.Column("run_id", Name, nullable=False),
        sa.Column("bin", sa.SmallInteger(), nullable=False, autoincrement=False),
        sa.Column("from_day", sa.Integer(), nullable=False),
        sa.Column("to_day", sa.Integer()),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date()),
        sa.PrimaryKeyConstraint("run_id", "bin", name="pk_visit_bin"),
        schema=schema,
    )
    op.create_table(
        "sales_forecast",
        sa.Column("run_id", Name, nullable=False),
        sa.Column("series_id", Identifier, nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("mean", sa.Double(), nullable=False),
        sa.Column("q025", sa.Double(), nullable=False),
        sa.Column("q10", sa.Double(), nullable=False),
        sa.Column("q50", sa.Double(), nullable=False),
        sa.Column("q90", sa.Double(), nullable=False),
        sa.Column("q975", sa.Double(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "series_id", "step", name="pk_sales_forecast"),
        schema=schema,
    )
    op.create_table(
        "series_status",
        sa.Column("run_id", Name, nullable=False),
        sa.Column("series_id", Identifier, nullable=False),
        sa.Column("status", Name, nullable=False),
        sa.Column("model", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("observations", sa.Integer(), nullable=False),
        sa.Column("last_period", sa.Date()),
        sa.Column("skill", sa.Double()),
        sa.PrimaryKeyConstraint("run_id", "series_id", name="pk_series_status"),
        schema=schema,
    )
    op.create_table(
        "model_version",
        sa.Column("model_version", Identifier, nullable=False),
        sa.Column("product", Name, nullable=False),
        sa.Column("status", Name, nullable=False),
        sa.Column("trained_at", UtcDateTime(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("artifact", sa.Text()),
        sa.Column("sha256", Name),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("model_version", name="pk_model_version"),
        schema=schema,
    )
    op.create_index(
        "ix_model_version_product_status_as_of", "model_version", ["product", "status", "as_of"], schema=schema
    )
    op.create_table(
        "evaluation",
        sa.Column("model_version", Identifier, nullable=False),
        sa.Column("product", Name, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("segment", Name, nullable=False),
        sa.Column("metric", Name, nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("baseline", Name, nullable=False),
        sa.Column("baseline_value", sa.Double()),
        sa.PrimaryKeyConstraint("model_version", "as_of", "segment", "metric", "baseline", name="pk_evaluation"),
        schema=schema,
    )
    op.create_table(
        "forecast_score",
        sa.Column("run_id", Name, nullable=False),
        sa.Column("product", Name, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("scored_through", sa.Date(), nullable=False),
        sa.Column("metric", Name, nullable=False),
        sa.Column("value", sa.Double()),
        sa.Column("baseline_value", sa.Double()),
        sa.PrimaryKeyConstraint("run_id", "metric", name="pk_forecast_score"),
        schema=schema,
    )
    op.create_table(
        "source_load",
        sa.Column("load_id", Name, nullable=False),
        sa.Column("source", Name, nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", Name, nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("rows_rejected", sa.BigInteger(), nullable=False),
        sa.Column("loaded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("load_id", name="pk_source_load"),
        schema=schema,
    )
    op.create_index("ix_source_load_source_sha256", "source_load", ["source", "sha256"], schema=schema)
    op.create_table(
        "rejected_row",
        sa.Column("rejection_id", Name, nullable=False),
        sa.Column("run_id", Name),
        sa.Column("load_id", Name),
        sa.Column("source", Name, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("example", sa.Text()),
        sa.PrimaryKeyConstraint("rejection_id", name="pk_rejected_row"),
        schema=schema,
    )
    op.create_index("ix_rejected_row_load_id", "rejected_row", ["load_id"], schema=schema)
    op.create_index("ix_rejected_row_run_id", "rejected_row", ["run_id"], schema=schema)
