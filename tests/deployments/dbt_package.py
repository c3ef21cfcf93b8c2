"""What is generated of the dbt package: sources, exposures, and an analysis for each question of `docs/sql.md`."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

from nightcast.values import Product
from sql.views.definitions import READERS_VIEWS
from tests.deployments.grafana_dashboard import views_of_panels
from tests.deployments.writing import GENERATED, as_yaml
from tests.documents.questions import Question, questions
from tests.documents.tables_page import dictionary

FOLDER = Path(__file__).parents[2] / "deployments" / "dbt"

KEYS = {
    "latest_run": "product",
    "latest_next_visit": "customer_id",
    "rpt_customers_due": "customer_id",
    "rpt_customer_states": "state",
    "rpt_sales_outlook": "series_id",
    "rpt_run_history": "run_id",
    "rpt_freshness": "product",
}
"""Views with a key of one column, which is unique and never null."""

NEVER_NULL = {
    "latest_next_visit": ["last_visit_on", "state", "return_probability", "as_of"],
    "latest_sales_forecast": ["series_id", "period", "mean", "q10", "q90"],
    "latest_sales_total": ["group_value", "from_period", "to_period", "mean"],
    "latest_visit_count_forecast": ["series_id", "period", "mean"],
    "rpt_visits_ahead": ["series_id", "from_date", "to_date", "expected"],
    "rpt_trust": ["product", "sentence"],
}

PRODUCTS = [product.value for product in Product]
STATES = ["new", "regular", "due", "overdue", "lapsing", "lost"]
VALUES = {
    ("latest_run", "product"): PRODUCTS,
    ("rpt_freshness", "product"): PRODUCTS,
    ("latest_next_visit", "state"): STATES,
    ("rpt_customer_states", "state"): STATES,
    ("rpt_customers_lapsing", "state"): ["lapsing"],
    ("rpt_visits_ahead", "span"): ["day", "week"],
    ("rpt_sales_totals", "span"): ["week", "month", "horizon"],
    ("rpt_trust", "mark"): ["good", "watch", "poor"],
}
"""All values that a column may have."""

EXPOSURES = {
    "morning_report": ("The report that `nightcast report` writes.", "analysis", READERS_VIEWS),
    "grafana": ("The dashboard in deployments/grafana.", "dashboard", views_of_panels()),
}
"""Who reads the views: what it is, its type, and what it reads."""


def dbt_files() -> dict[Path, str]:
    """The text of each generated file."""
    models = FOLDER / "models"
    files = {models / f"{name}.yml": GENERATED + as_yaml(content) for name, content in _model_files().items()}
    return files | {FOLDER / "analyses" / f"{one.name}.sql": _analysis(one) for one in questions()}


def _model_files() -> dict[str, Any]:
    return {"sources": _sources(), "exposures": _exposures()}


def _sources() -> dict[str, Any]:
    of_views = [entry for entry in dictionary() if entry.relation in READERS_VIEWS]
    tables = []
    for view, rows in groupby(of_views, key=lambda entry: entry.relation):
        whole, *columns = rows
        described = [_column(view, str(column.column_name), column.description) for column in columns]
        tables.append({"name": view, "description": whole.description} | _freshness(view) | {"columns": described})
    source = {
        "name": "nightcast",
        "description": "What Nightcast has published.",
        "schema": "{{ var('nightcast_schema') if target.type != 'sqlite' else 'main' }}",
        "tables": tables,
    }
    return {"version": 2, "sources": [source]}


def _freshness(view: str) -> dict[str, Any]:
    """A night is a day old at most, and an hour or two late."""
    if view != "rpt_freshness":
        return {}
    limits = {"warn_after": {"count": 26, "period": "hour"}, "error_after": {"count": 50, "period": "hour"}}
    return {"config": {"loaded_at_field": "published_at", "freshness": limits}}


def _column(view: str, name: str, description: str) -> dict[str, Any]:
    is_key = KEYS.get(view) == name
    tests: list[Any] = ["unique"] if is_key else []
    if is_key or name in NEVER_NULL.get(view, []):
        tests.append("not_null")
    if (view, name) in VALUES:
        tests.append({"accepted_values": {"arguments": {"values": VALUES[view, name]}}})
    return {"name": name, "description": description} | ({"data_tests": tests} if tests else {})


def _exposures() -> dict[str, Any]:
    exposures = [
        {
            "name": name,
            "type": kind,
            "description": description,
            "owner": {"name": "whoever runs Nightcast", "email": "nightcast@example.com"},
            "depends_on": [f"source('nightcast', '{view}')" for view in views],
        }
        for name, (description, kind, views) in EXPOSURES.items()
    ]
    return {"version": 2, "exposures": exposures}


def _analysis(one: Question) -> str:
    query = one.asking(
        view=lambda view: f"{{{{ source('nightcast', '{view}') }}}}",
        value=lambda name, value: f'\'{{{{ var("{name}", "{value}") }}}}\'',
    )
    return f"-- {one.question}\n-- From docs/sql.md by `python -m tests.documents`.\n{query}\n"
