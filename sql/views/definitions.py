"""Our views: a file each, which opens with a comment on its rows."""

from __future__ import annotations

import hashlib
from importlib.resources import files

from sql.tables import metadata

OF_ALL_RUNS = ("next_visit", "next_visit_bin")
"""Views of all stored rows, those of a night under way included, for the program and its owner."""

READERS_VIEWS = (
    "latest_run",
    "latest_next_visit",
    "latest_next_visit_bin",
    "latest_sales_forecast",
    "latest_sales_total",
    "latest_visit_count_forecast",
    "latest_visit_count_total",
    "rpt_customers_due",
    "rpt_customers_lapsing",
    "rpt_customer_states",
    "rpt_sales_outlook",
    "rpt_sales_totals",
    "rpt_visits_ahead",
    "rpt_forecast_accuracy",
    "rpt_model_history",
    "rpt_rejected_rows",
    "rpt_forecast_vs_actual",
    "rpt_series_accuracy",
    "rpt_visit_calibration",
    "rpt_trust",
    "rpt_forecast_changes",
    "rpt_run_history",
    "rpt_freshness",
    "rpt_dictionary",
)
"""Views of what is published, for everybody who may read it."""

VIEWS = (*OF_ALL_RUNS, *READERS_VIEWS)
"""All views, each after those that it reads."""


def definition(view: str) -> str:
    """The text of a view's file."""
    return (files("sql") / "views" / f"{view}.sql").read_text(encoding="utf-8")


def definitions(dialect: str) -> list[str]:
    """The statements that create the views, in order.

    A barrier keeps a reader's own functions from rows that a view for readers leaves out; only PostgreSQL knows it.
    """
    texts = [definition(name) for name in VIEWS]
    if dialect != "postgresql":
        return texts
    return [
        text.replace(f"CREATE VIEW {name} AS", f"CREATE VIEW {name} WITH (security_barrier) AS", 1)
        if name in READERS_VIEWS
        else text
        for name, text in zip(VIEWS, texts, strict=True)
    ]


def digest(dialect: str) -> str:
    """A digest of all these statements, and of the descriptions of tables that are written beside them."""
    described = [
        f"{table.name}.{column.name}: {column.comment}"
        for table in metadata.tables.values()
        for column in table.columns
    ]
    rows = [f"{table.name}: {table.comment}" for table in metadata.tables.values()]
    return hashlib.sha256("\n".join([*definitions(dialect), *rows, *described]).encode()).hexdigest()
