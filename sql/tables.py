"""The tables that Nightcast writes, as SQLAlchemy Core tables.

They are declared in the schema `SCHEMA`; `sql.engine` translates that to the configured schema, or to none on
databases that have no schemas. Rows refer to runs and model versions without foreign keys: they are written in
bulk long before their run is published, and pruned in bulk afterwards.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
)

from sql.types import Identifier, Name, UtcDateTime

SCHEMA = "nightcast"

metadata = MetaData(
    schema=SCHEMA,
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"},
)


def _table(name: str, *columns: Any) -> Table:
    return Table(name, metadata, *columns)


forecast_run = _table(
    "forecast_run",
    Column("run_id", Name, primary_key=True),
    Column("product", Name, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("status", Name, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("heartbeat_at", UtcDateTime),
    Column("published_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("flow_run_id", Text),
    Column("model_version", Identifier),
    Column("served", Text),
    Column("retrained", Boolean),
    Column("decision", Text),
    Column("notes", Text),
    Column("data_through", Date),
    Column("subjects", BigInteger),
    Column("rows_read", BigInteger),
    Column("rows_written", BigInteger),
    Column("rows_rejected", BigInteger),
    Column("stage_seconds", JSON),
    Column("settings", JSON),
    Column("code_version", Text, nullable=False),
    Column("error", Text),
    Index(None, "product", "status", "as_of"),
)

product_lock = _table(
    "product_lock",
    Column("product", Name, primary_key=True),
    Column("run_id", Name, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("process_started_at", Double, nullable=False),
    Column("heartbeat_at", UtcDateTime, nullable=False),
)

next_visit = _table(
    "next_visit",
    Column("run_id", Name, primary_key=True),
    Column("customer_id", Identifier, primary_key=True),
    Column("last_visit_on", Date, nullable=False),
    Column("visit_days", Integer, nullable=False),
    Column("elapsed_days", Integer, nullable=False),
    Column("amount_total", Double),
    Column("likely_bin", SmallInteger, nullable=False),
    Column("likely_bin_probability", Double, nullable=False),
    Column("median_days_ahead", Double),
    Column("return_probability", Double, nullable=False),
)

next_visit_bin = _table(
    "next_visit_bin",
    Column("run_id", Name, primary_key=True),
    Column("customer_id", Identifier, primary_key=True),
    Column("bin", SmallInteger, primary_key=True, autoincrement=False),
    Column("probability", Double, nullable=False),
)

visit_bin = _table(
    "visit_bin",
    Column("run_id", Name, primary_key=True),
    Column("bin", SmallInteger, primary_key=True, autoincrement=False),
    Column("from_day", Integer, nullable=False),
    Column("to_day", Integer),
    Column("label", Text, nullable=False),
    # The dates that the days mean: kept, since adding days to a date is written differently in every database.
    Column("from_date", Date, nullable=False),
    Column("to_date", Date),
)

sales_forecast = _table(
    "sales_forecast",
    Column("run_id", Name, primary_key=True),
    Column("series_id", Identifier, primary_key=True),
    Column("period", Date, nullable=False),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("mean", Double, nullable=False),
    Column("q025", Double, nullable=False),
    Column("q10", Double, nullable=False),
    Column("q50", Double, nullable=False),
    Column("q90", Double, nullable=False),
    Column("q975", Double, nullable=False),
    Column("model", Text, nullable=False),
)

series_status = _table(
    "series_status",
    Column("run_id", Name, primary_key=True),
    Column("series_id", Identifier, primary_key=True),
    Column("status", Name, nullable=False),
    Column("model", Text),
    Column("reason", Text),
    Column("observations", Integer, nullable=False),
    Column("last_period", Date),
    Column("skill", Double),
)

model_version = _table(
    "model_version",
    Column("model_version", Identifier, primary_key=True),
    Column("product", Name, nullable=False),
    Column("status", Name, nullable=False),
    Column("trained_at", UtcDateTime, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("artifact", Text),
    Column("sha256", Name),
    Column("parameters", JSON, nullable=False),
    Column("metrics", JSON, nullable=False),
    Index(None, "product", "status", "as_of"),
)

evaluation = _table(
    "evaluation",
    Column("model_version", Identifier, primary_key=True),
    Column("product", Name, nullable=False),
    Column("as_of", Date, primary_key=True),
    Column("segment", Name, primary_key=True),
    Column("metric", Name, primary_key=True),
    Column("value", Double),
    Column("baseline", Name, primary_key=True),
    Column("baseline_value", Double),
)

forecast_score = _table(
    "forecast_score",
    Column("run_id", Name, primary_key=True),
    Column("product", Name, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("scored_through", Date, nullable=False),
    Column("metric", Name, primary_key=True),
    Column("value", Double),
    Column("baseline_value", Double),
    # The Monday on or before the as-of: kept, since every database finds the week of a date in its own way.
    Column("week", Date),
)

source_load = _table(
    "source_load",
    Column("load_id", Name, primary_key=True),
    Column("source", Name, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", Name, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("rows_rejected", BigInteger, nullable=False),
    Column("loaded_at", UtcDateTime, nullable=False),
    Index(None, "source", "sha256"),
)

rejected_row = _table(
    "rejected_row",
    Column("rejection_id", Name, primary_key=True),
    Column("run_id", Name),
    Column("load_id", Name),
    Column("source", Name, nullable=False),
    Column("reason", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("example", Text),
    Index(None, "run_id"),
    Index(None, "load_id"),
)

search_trial = _table(
    "search_trial",
    Column("trial_id", Name, primary_key=True),
    Column("product", Name, nullable=False),
    # Of the settings that are not searched: trials of another shape say nothing.
    Column("shape", Name, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("number", Integer, nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("value", Double),
    Column("seconds", Double, nullable=False),
    Column("tried_at", UtcDateTime, nullable=False),
    Column("code_version", Text, nullable=False),
    Index(None, "product", "shape", "as_of"),
)

study = _table(
    "study",
    Column("study_id", Name, primary_key=True),
    Column("name", Identifier, nullable=False),
    Column("title", Text, nullable=False),
    Column("kind", Name, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("repeats", Integer, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("settings", JSON, nullable=False),
    # Of the file, whose bytes may say the same settings in another way.
    Column("sha256", Name, nullable=False),
    Column("code_version", Text, nullable=False),
    Index(None, "name", "started_at"),
)

study_score = _table(
    "study_score",
    Column("study_id", Name, primary_key=True),
    Column("configuration", Identifier, primary_key=True),
    Column("metric", Identifier, primary_key=True),
    Column("repeat", Integer, primary_key=True, autoincrement=False),
    # Null where the repeat diverged.
    Column("value", Double),
)

FORECAST_TABLES = {
    "next_visit": (next_visit, next_visit_bin, visit_bin),
    "sales": (sales_forecast, series_status),
}
"""The tables that hold a product's forecasts, keyed by product."""
