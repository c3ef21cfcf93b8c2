"""The tables that Nightcast writes.

Every table has a key that begins with its run: a second attempt inserts the same keys and fails instead of adding rows
twice. The comment of a table says what a row is, that of a column what it means; `docs/tables.md` is made from them.
"""

from __future__ import annotations

from sql.tables.actuals import sales_actual, visit_count_actual
from sql.tables.base import SCHEMA, VERSION_TABLE, metadata
from sql.tables.dictionary import dictionary_entry
from sql.tables.forecasts import (
    BIN_COLUMNS,
    FORECAST_TABLES,
    QUANTILES,
    next_visit_day,
    next_visit_stored,
    sales_forecast,
    sales_total,
    series_status,
    visit_bin,
    visit_count_forecast,
    visit_count_total,
)
from sql.tables.hindsight import forecast_change, product_trust
from sql.tables.ledger import forecast_run, product_lock, run_shard
from sql.tables.models import (
    evaluation,
    forecast_score,
    model_version,
    search_trial,
    series_score,
    visit_calibration,
)
from sql.tables.sources import kept_visits, rejected_row, source_load
from sql.tables.studies import study, study_score

__all__ = [
    "BIN_COLUMNS",
    "FORECAST_TABLES",
    "QUANTILES",
    "SCHEMA",
    "VERSION_TABLE",
    "dictionary_entry",
    "evaluation",
    "forecast_change",
    "forecast_run",
    "forecast_score",
    "kept_visits",
    "metadata",
    "model_version",
    "next_visit_day",
    "next_visit_stored",
    "product_lock",
    "product_trust",
    "rejected_row",
    "run_shard",
    "sales_actual",
    "sales_forecast",
    "sales_total",
    "search_trial",
    "series_score",
    "series_status",
    "source_load",
    "study",
    "study_score",
    "visit_bin",
    "visit_calibration",
    "visit_count_actual",
    "visit_count_forecast",
    "visit_count_total",
]
