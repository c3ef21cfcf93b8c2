"""Metrics of the products, as Prometheus's own parser reads them."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from flows.doctor.attention import ProductState
from flows.doctor.prometheus import GAUGES, prometheus_text, write_prometheus_file
from nightcast.errors import UsageError
from nightcast.values import Product

STARTED = datetime.datetime(2026, 3, 1, 3, 30, tzinfo=datetime.UTC)
STATES = [
    ProductState(
        Product.NEXT_VISIT,
        "published",
        newest_started_at=STARTED,
        age_days=0,
        data_age_days=1,
        review_score=0.5,
        finding="",
    ),
    ProductState(Product.SALES, "failed", age_days=3, finding="the newest run failed"),
    ProductState(Product.VISIT_COUNTS),
]


def samples(text: str) -> dict[tuple[str, str], float]:
    return {
        (sample.name, sample.labels["product"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_each_product_has_what_is_known_of_it() -> None:
    found = samples(prometheus_text(STATES))
    assert found == {
        ("nightcast_ok", "next_visit"): 1,
        ("nightcast_newest_run_ok", "next_visit"): 1,
        ("nightcast_newest_run_start_timestamp_seconds", "next_visit"): STARTED.timestamp(),
        ("nightcast_forecast_age_days", "next_visit"): 0,
        ("nightcast_data_age_days", "next_visit"): 1,
        ("nightcast_review_score", "next_visit"): 0.5,
        ("nightcast_ok", "sales"): 0,
        ("nightcast_newest_run_ok", "sales"): 0,
        ("nightcast_forecast_age_days", "sales"): 3,
        ("nightcast_ok", "visit_counts"): 0,
    }
    assert {name for name, _ in found} < set(GAUGES)


def test_a_file_for_the_node_exporter_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "nightcast.prom"
    path.write_text("before", encoding="utf-8")
    write_prometheus_file(STATES, path)
    assert path.read_text(encoding="utf-8") == prometheus_text(STATES)
    assert [one.name for one in tmp_path.iterdir()] == ["nightcast.prom"]


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"missing/nightcast\.prom cannot be written: No such file"):
        write_prometheus_file(STATES, tmp_path / "missing" / "nightcast.prom")
