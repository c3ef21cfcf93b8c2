"""The tables that Nightcast writes.

Every table has a key that begins with its run: a second attempt inserts the same keys and fails instead of adding rows
twice. The comment of a table says what a row is, that of a column what it means; `docs/tables.md` is made from them.
"""

from __future__ import annotations

from sql.tables.base import SCHEMA, metadata
from sql.tables.forecasts import (
    FORECAST_TABLES,
    QUANTILES,
    next_visit,
    next_visit_bin,
    sales_forecast,
    series_status,
    visit_bin,
)
from sql.tables.ledger import forecast_run, product_lock
from sql.tables.models import evaluation, forecast_score, model_version, search_trial
from sql.tables.sources import rejected_row, source_load
from sql.tables.studies import study, study_score

__all__ = [
    "FORECAST_TABLES",
    "QUANTILES",
    "SCHEMA",
    "evaluation",
    "forecast_run",
    "forecast_score",
    "metadata",
    "model_version",
    "next_visit",
    "next_visit_bin",
    "product_lock",
    "rejected_row",
    "sales_forecast",
    "search_trial",
    "series_status",
    "source_load",
    "study",
    "study_score",
    "visit_bin",
]
