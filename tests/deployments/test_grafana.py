"""The Grafana dashboard: panels lie side by side, and every query answers on PostgreSQL from views for readers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from sql.engine import Database
from sql.views.definitions import READERS_VIEWS
from tests.deployments.asking import answer
from tests.deployments.grafana_dashboard import FOLDER, LATE_HOURS

DASHBOARD: dict[str, Any] = json.loads((FOLDER / "nightcast.json").read_text(encoding="utf-8"))
RULES: dict[str, Any] = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))


def plain(query: str) -> str:
    """A query without Grafana's macros and variables."""
    filtered = re.sub(r"\$__timeFilter\((\w+)\)", r"\1 BETWEEN '2026-11-26' AND '2026-12-25'", query)
    return filtered.replace("${series}", "all")


def queries() -> dict[str, str]:
    """The query of each panel, of the variable and of the alert."""
    found = {panel["title"]: target["rawSql"] for panel in DASHBOARD["panels"] for target in panel["targets"]}
    found |= {one["name"]: one["query"] for one in DASHBOARD["templating"]["list"] if one["type"] == "query"}
    [rule] = RULES["groups"][0]["rules"]
    return found | {rule["title"]: rule["data"][0]["model"]["rawSql"]}


@pytest.mark.parametrize("title", queries())
def test_every_query_answers_from_views_of_readers(postgres_shop: Database, title: str) -> None:
    query = plain(queries()[title])
    assert "$" not in query
    assert set(re.findall(r"(?:FROM|JOIN) nightcast\.([a-z_]+)", query)) <= set(READERS_VIEWS)
    assert answer(postgres_shop, query)


def test_fields_with_settings_are_columns_of_their_query(postgres_shop: Database) -> None:
    with postgres_shop.read() as connection:
        for panel in DASHBOARD["panels"]:
            result = connection.exec_driver_sql(plain(panel["targets"][0]["rawSql"]))
            named = {one["matcher"]["options"] for one in panel["fieldConfig"]["overrides"]}
            unknown = named - set(result.keys()) - {"year_ago"}  # sales have none
            assert unknown == set(), panel["title"]


def test_a_time_series_begins_with_its_time(postgres_shop: Database) -> None:
    charts = [panel for panel in DASHBOARD["panels"] if panel["type"] == "timeseries"]
    assert len(charts) == 2
    for panel in charts:
        assert panel["targets"][0]["format"] == "time_series"
        times = [row[0] for row in answer(postgres_shop, plain(panel["targets"][0]["rawSql"]))]
        assert times
        assert times == sorted(set(times)), panel["title"]


def test_panels_do_not_overlap_and_fill_the_width() -> None:
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_the_alert_compares_hours_with_its_limit(postgres_shop: Database) -> None:
    [rule] = RULES["groups"][0]["rules"]
    asked, compared = (part["model"] for part in rule["data"])
    assert rule["condition"] == compared["refId"]
    assert compared["expression"] == asked["refId"]
    assert compared["conditions"][0]["evaluator"] == {"type": "gt", "params": [LATE_HOURS]}
    hours = dict(answer(postgres_shop, asked["rawSql"]))
    assert len(hours) == 3
    assert max(hours.values()) < LATE_HOURS  # the nights of the shop were published a moment ago
