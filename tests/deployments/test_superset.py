"""The files for Superset: charts have columns and rows of their views. `make try-superset` asks a server."""

from __future__ import annotations

from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from sql.engine import Database
from sql.views.definitions import READERS_VIEWS
from tests.deployments.asking import answer
from tests.deployments.superset_export import FOLDER


def files(kind: str) -> list[dict[str, Any]]:
    """The files of a kind: datasets, charts, dashboards."""
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((FOLDER / kind).rglob("*.yaml"))]


DATASETS = {dataset["uuid"]: dataset for dataset in files("datasets")}
CHARTS = files("charts")


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=lambda dataset: dataset["table_name"])
def test_a_dataset_has_the_columns_of_a_view_for_readers(postgres_shop: Database, dataset: dict[str, Any]) -> None:
    names = [column["column_name"] for column in dataset["columns"]]
    assert dataset["table_name"] in READERS_VIEWS
    assert answer(postgres_shop, f"SELECT {', '.join(names)} FROM {dataset['schema']}.{dataset['table_name']}")


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart["slice_name"])
def test_a_chart_has_rows_of_columns_that_its_dataset_has(postgres_shop: Database, chart: dict[str, Any]) -> None:
    dataset, params = DATASETS[chart["dataset_uuid"]], chart["params"]
    columns = params.get("all_columns") or [metric["column"]["column_name"] for metric in params["metrics"]]
    filters = [(one["subject"], one["comparator"]) for one in params["adhoc_filters"]]
    over = [params["x_axis"]] if "x_axis" in params else []
    known = {column["column_name"] for column in dataset["columns"]}
    assert {*columns, *over, *(name for name, _ in filters)} <= known
    where = " AND ".join(["1 = 1", *(f"{name} = '{value}'" for name, value in filters)])
    rows = answer(postgres_shop, f"SELECT {', '.join(over + columns)} FROM {dataset['table_name']} WHERE {where}")
    assert rows
    if over:
        assert len({row[0] for row in rows}) == len(rows)  # a sum of several rows would be no forecast


def test_the_dashboard_shows_every_chart_once() -> None:
    [dashboard] = files("dashboards")
    shown = [
        place["meta"]["uuid"]
        for place in dashboard["position"].values()
        if isinstance(place, dict) and place["type"] == "CHART"
    ]
    assert sorted(shown) == sorted(chart["uuid"] for chart in CHARTS)
