"""The files that Superset imports: the views as datasets, charts of them, and one dashboard."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.deployments.writing import GENERATED, as_yaml
from tests.documents.tables_page import dictionary

FOLDER = Path(__file__).parents[2] / "deployments" / "superset" / "nightcast"

DATABASE_URI = "postgresql+psycopg2://nightcast_reader@localhost:5432/shop"
"""Where the views are; Superset's administrator changes it after the import."""

TYPES = {"boolean": "BOOLEAN", "date": "DATE", "integer": "BIGINT", "number": "FLOAT", "time": "TIMESTAMP"}
"""Types of columns as Superset has them; all others are text."""


@dataclass(frozen=True)
class Chart:
    """A chart of one view.

    Attributes:
        title: its title.
        view: the view that it shows.
        columns: the columns of a table, or the ones to sum in lines over `over`.
        over: the date below the lines; None for a table.
        where: values that columns have.
        order: the column to sort a table by, and whether the least comes first.
        width: of the 12 columns of the dashboard.
    """

    title: str
    view: str
    columns: tuple[str, ...]
    over: str | None = None
    where: dict[str, str] = field(default_factory=dict)
    order: tuple[str, bool] | None = None
    width: int = 6


CHARTS = (
    Chart("Freshness", "rpt_freshness", ("product", "as_of", "published_at", "data_through", "newest_status")),
    Chart("Can it be trusted?", "rpt_trust", ("product", "mark", "sentence")),
    Chart(
        "Visits ahead",
        "rpt_visits_ahead",
        ("expected", "q10", "q90", "year_ago"),
        over="from_date",
        where={"series_id": "all", "span": "day"},
    ),
    Chart(
        "Sales ahead",
        "latest_sales_total",
        ("mean", "q10", "q90"),
        over="from_period",
        where={"level": "all", "span": "period"},
    ),
    Chart(
        "Who is due",
        "rpt_customers_due",
        ("customer_id", "probability", "state", "last_visit_on", "overdue_days", "date_50", "amount_year"),
        order=("probability", False),
    ),
    Chart(
        "Customers by state",
        "rpt_customer_states",
        ("state", "customers", "amount_year", "expected_visits_28", "expected_amount_365"),
        order=("expected_amount_365", False),
    ),
)


def superset_files() -> dict[Path, str]:
    """The text of each file."""
    views = dict.fromkeys(chart.view for chart in CHARTS)
    files = {"metadata.yaml": {"version": "1.0.0", "type": "Dashboard", "timestamp": "2026-01-01T00:00:00+00:00"}}
    contents: dict[str, Any] = files | {"databases/nightcast.yaml": _database()}
    contents |= {f"datasets/nightcast/{view}.yaml": _dataset(view) for view in views}
    contents |= {f"charts/{_name(chart)}.yaml": _chart(chart) for chart in CHARTS}
    contents["dashboards/nightcast.yaml"] = _dashboard()
    return {FOLDER / name: GENERATED + as_yaml(content) for name, content in contents.items()}


def identifier(name: str) -> str:
    """The ID by which Superset knows a thing again when it is imported again."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://nightcast.invalid/superset/{name}"))


def _name(chart: Chart) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in chart.title.lower()).split())


def _database() -> dict[str, Any]:
    return {
        "database_name": "Nightcast",
        "sqlalchemy_uri": DATABASE_URI,
        "expose_in_sqllab": True,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "extra": {"allows_virtual_table_explore": True},
        "uuid": identifier("database"),
        "version": "1.0.0",
    }


def _dataset(view: str) -> dict[str, Any]:
    whole, *columns = [entry for entry in dictionary() if entry.relation == view]
    return {
        "table_name": view,
        "schema": "nightcast",
        "description": whole.description,
        "main_dttm_col": next((chart.over for chart in CHARTS if chart.view == view and chart.over), None),
        "metrics": [{"metric_name": "count", "expression": "COUNT(*)"}],
        "columns": [
            {
                "column_name": column.column_name,
                "type": TYPES.get(column.type or "", "TEXT"),
                "is_dttm": column.type in ("date", "time"),
                "description": column.description,
                "groupby": True,
                "filterable": True,
            }
            for column in columns
        ],
        "uuid": identifier(view),
        "database_uuid": identifier("database"),
        "version": "1.0.0",
    }


def _chart(chart: Chart) -> dict[str, Any]:
    kind = "table" if chart.over is None else "echarts_timeseries_line"
    params = {"viz_type": kind, "adhoc_filters": _filters(chart), "row_limit": 1000}
    return {
        "slice_name": chart.title,
        "viz_type": kind,
        "params": params | (_table(chart) if chart.over is None else _lines(chart)),
        "uuid": identifier(f"chart/{chart.title}"),
        "dataset_uuid": identifier(chart.view),
        "version": "1.0.0",
    }


def _filters(chart: Chart) -> list[dict[str, Any]]:
    return [
        {"clause": "WHERE", "expressionType": "SIMPLE", "subject": name, "operator": "==", "comparator": value}
        for name, value in chart.where.items()
    ]


def _table(chart: Chart) -> dict[str, Any]:
    order = [json.dumps([chart.order[0], chart.order[1]])] if chart.order else []
    return {"query_mode": "raw", "all_columns": list(chart.columns), "order_by_cols": order, "page_length": 20}


def _lines(chart: Chart) -> dict[str, Any]:
    metrics = [
        {
            "expressionType": "SIMPLE",
            "aggregate": "SUM",
            "column": {"column_name": name},
            "label": name,
            "hasCustomLabel": True,
            "optionName": f"metric_{name}",
        }
        for name in chart.columns
    ]
    return {"x_axis": chart.over, "time_grain_sqla": "P1D", "metrics": metrics, "groupby": [], "show_legend": True}


def _dashboard() -> dict[str, Any]:
    return {
        "dashboard_title": "Nightcast",
        "description": "Last night's forecasts: who is due, visits and sales ahead, and whether to believe them.",
        "slug": "nightcast",
        "position": _positions(),
        "metadata": {},
        "published": True,
        "uuid": identifier("dashboard"),
        "version": "1.0.0",
    }


def _positions() -> dict[str, Any]:
    """Two charts in each row."""
    rows = [CHARTS[start : start + 2] for start in range(0, len(CHARTS), 2)]
    names = [f"ROW-{number}" for number in range(len(rows))]
    placed: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": names, "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": "Nightcast"}},
    }
    for name, charts in zip(names, rows, strict=True):
        children = [f"CHART-{_name(chart)}" for chart in charts]
        row = {"type": "ROW", "id": name, "children": children, "parents": ["ROOT_ID", "GRID_ID"]}
        placed[name] = row | {"meta": {"background": "BACKGROUND_TRANSPARENT"}}
        for child, chart in zip(children, charts, strict=True):
            meta = {"width": chart.width, "height": 50, "sliceName": chart.title, "chartId": CHARTS.index(chart) + 1}
            place = {"type": "CHART", "id": child, "children": [], "parents": ["ROOT_ID", "GRID_ID", name]}
            placed[child] = place | {"meta": meta | {"uuid": identifier(f"chart/{chart.title}")}}
    return placed
