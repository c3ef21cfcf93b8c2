"""The Grafana dashboard, and the rule that alerts when a forecast is old."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sql.views.definitions import READERS_VIEWS
from tests.deployments.writing import as_yaml

FOLDER = Path(__file__).parents[2] / "deployments" / "grafana"

SOURCE = {"type": "grafana-postgresql-datasource", "uid": "${nightcast}"}
"""The data source that the reader chooses: a dashboard variable."""

LATE_HOURS = 26
"""A night is a day old at most, and an hour or two late."""


@dataclass(frozen=True)
class Panel:
    """A panel.

    Attributes:
        title: its title.
        description: what it shows.
        kind: Grafana's name of its kind.
        width: its width; a row of the dashboard has 24.
        query: in SQL, on the views in the schema nightcast.
        format: time_series or table.
        options: settings of its fields by their names, as Grafana's properties.
    """

    title: str
    description: str
    kind: str
    width: int
    query: str
    format: str = "table"
    options: dict[str, dict[str, Any]] = field(default_factory=dict)


_AHEAD = """SELECT from_date AS time, expected, q10, q90, year_ago
FROM nightcast.rpt_visits_ahead
WHERE span = 'day' AND series_id = '${series}' AND $__timeFilter(from_date)
ORDER BY from_date"""

_SALES = """SELECT from_period AS time, mean, q10, q90
FROM nightcast.latest_sales_total
WHERE level = 'all' AND span = 'period' AND $__timeFilter(from_period)
ORDER BY from_period"""

_BAND: dict[str, dict[str, Any]] = {
    "q10": {"custom.lineWidth": 0, "custom.hideFrom": {"legend": True, "tooltip": False, "viz": False}},
    "q90": {"custom.lineWidth": 0, "custom.fillBelowTo": "q10", "displayName": "80 % band"},
    "year_ago": {"custom.lineStyle": {"fill": "dash", "dash": [6, 6]}, "displayName": "a year ago"},
}


def _chart(title: str, description: str, query: str) -> Panel:
    return Panel(title, description, "timeseries", 12, query, "time_series", _BAND)


PANELS = (
    Panel(
        "Freshness",
        "What readers see of each product, and how the newest run ended.",
        "table",
        12,
        """SELECT product, as_of, published_at, data_through, newest_status, newest_error
FROM nightcast.rpt_freshness
ORDER BY product""",
    ),
    Panel(
        "Can it be trusted?",
        "Reviews of past forecasts, in a sentence for each product.",
        "table",
        12,
        "SELECT product, mark, sentence FROM nightcast.rpt_trust ORDER BY product",
        options={"mark": {"custom.width": 80}, "product": {"custom.width": 110}},
    ),
    _chart("Visits ahead", "Expected customers a day, with a band of 80 %.", _AHEAD),
    _chart("Sales ahead", "Expected sales of all series, with a band of 80 %.", _SALES),
    Panel(
        "Who is due",
        "The customers who are likeliest to come in the first bin.",
        "table",
        14,
        """SELECT customer_id, probability, state, last_visit_on, overdue_days, date_50, amount_year
FROM nightcast.rpt_customers_due
LIMIT 50""",
        options={"probability": {"unit": "percentunit"}, "overdue_days": {"decimals": 1}},
    ),
    Panel(
        "Customers by state",
        "How many customers are in each state, and what they are expected to bring within a year.",
        "table",
        10,
        """SELECT state, customers, amount_year, expected_visits_28, expected_amount_365
FROM nightcast.rpt_customer_states
ORDER BY expected_amount_365 DESC""",
        options={name: {"decimals": 0} for name in ("amount_year", "expected_visits_28", "expected_amount_365")},
    ),
    Panel(
        "Totals ahead",
        "Weeks, months and the whole horizon of each group.",
        "table",
        24,
        """SELECT level, group_value, span, from_period, to_period, is_whole, mean, q10, q90
FROM nightcast.rpt_sales_totals
ORDER BY level, group_value, span, from_period""",
        options={name: {"decimals": 0} for name in ("mean", "q10", "q90")},
    ),
)

RULES_START = "# For provisioning/alerting/; set datasourceUid to that of your PostgreSQL data source.\n"

SERIES_QUERY = "SELECT DISTINCT series_id FROM nightcast.rpt_visits_ahead ORDER BY series_id"

LATE_QUERY = """SELECT product, EXTRACT(EPOCH FROM NOW() - published_at) / 3600 AS hours
FROM nightcast.rpt_freshness"""


def grafana_files() -> dict[Path, str]:
    """The text of both files."""
    dashboard = json.dumps(_dashboard(), indent=2, ensure_ascii=False) + "\n"
    return {FOLDER / "nightcast.json": dashboard, FOLDER / "alerts.yaml": RULES_START + as_yaml(_rules())}


def views_of_panels() -> tuple[str, ...]:
    """The views that the dashboard reads."""
    read = {view for panel in PANELS for view in re.findall(r"FROM nightcast\.([a-z_]+)", panel.query)}
    return tuple(view for view in READERS_VIEWS if view in read)


def _dashboard() -> dict[str, Any]:
    return {
        "uid": "nightcast",
        "title": "Nightcast",
        "description": "Last night's forecasts: who is due, visits and sales ahead, and whether to believe them.",
        "tags": ["nightcast"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "timezone": "utc",
        "refresh": "5m",
        "time": {"from": "now-1d/d", "to": "now+28d/d"},
        "templating": {"list": _variables()},
        "panels": _placed(),
    }


def _variables() -> list[dict[str, Any]]:
    source = {
        "name": "nightcast",
        "label": "Database",
        "type": "datasource",
        "query": "grafana-postgresql-datasource",
        "refresh": 1,
    }
    series = {
        "name": "series",
        "label": "Visits of",
        "type": "query",
        "datasource": SOURCE,
        "query": SERIES_QUERY,
        "refresh": 1,
        "current": {"text": "all", "value": "all"},
    }
    return [source, series]


def _placed() -> list[dict[str, Any]]:
    """The panels from left to right, a new row where one is full."""
    placed, left, top = [], 0, 0
    for number, panel in enumerate(PANELS, start=1):
        height = 9 if panel.kind == "timeseries" else 8
        placed.append(_panel(panel, number) | {"gridPos": {"x": left, "y": top, "w": panel.width, "h": height}})
        left += panel.width
        if left >= 24:
            left, top = 0, top + height
    return placed


def _panel(panel: Panel, number: int) -> dict[str, Any]:
    overrides = [
        {
            "matcher": {"id": "byName", "options": name},
            "properties": [{"id": key, "value": value} for key, value in properties.items()],
        }
        for name, properties in panel.options.items()
    ]
    target = {"refId": "A", "datasource": SOURCE, "rawQuery": True, "editorMode": "code", "format": panel.format}
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": SOURCE,
        "targets": [target | {"rawSql": panel.query}],
        "fieldConfig": {"defaults": {}, "overrides": overrides},
    }


def _rules() -> dict[str, Any]:
    """One rule: the forecast that readers see is older than a night."""
    asked = {
        "refId": "A",
        "datasourceUid": "nightcast",
        "relativeTimeRange": {"from": 600, "to": 0},
        "model": {"refId": "A", "rawQuery": True, "format": "table", "rawSql": LATE_QUERY},
    }
    compared = {
        "refId": "B",
        "datasourceUid": "__expr__",
        "model": {
            "refId": "B",
            "type": "threshold",
            "expression": "A",
            "conditions": [{"evaluator": {"type": "gt", "params": [LATE_HOURS]}}],
        },
    }
    rule = {
        "uid": "nightcast-late",
        "title": "A forecast is old",
        "condition": "B",
        "data": [asked, compared],
        "for": "10m",
        "noDataState": "Alerting",
        "execErrState": "Alerting",
        "annotations": {
            "summary": f"Readers see a forecast of {{{{ $labels.product }}}} older than {LATE_HOURS} hours."
        },
        "labels": {"service": "nightcast"},
    }
    group = {"orgId": 1, "name": "nightcast", "folder": "Nightcast", "interval": "10m", "rules": [rule]}
    return {"apiVersion": 1, "groups": [group]}
