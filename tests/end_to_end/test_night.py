"""Whole nights, from the sources to what readers see, on SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime
import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from nightcast.values import Product
from sql.tables import QUANTILES
from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import AS_OF, NETWORKS, small_shop

HOUSE = Path(__file__).parents[2]
RUN = ("run", "--as-of", str(AS_OF), "--json")

BINS = "SELECT customer_id, bin, probability FROM {latest_next_visit_bin}"
COUNTS = f"SELECT series_id, step, mean, {', '.join(QUANTILES)} FROM {{latest_visit_count_forecast}}"
SALES = f"SELECT series_id, step, mean, {', '.join(QUANTILES)} FROM {{latest_sales_forecast}}"


@pytest.fixture
def shop(project: Project) -> Project:
    """A project with a small shop; on SQLite with the default networks, small ones, on others with quick recipes."""
    project.configure(NETWORKS if project.database.dialect == "sqlite" else "")
    small_shop(project)
    return project


def test_a_night_from_the_sources_to_what_readers_see(shop: Project) -> None:
    first = shop.nightcast(*RUN)
    assert first.code == 0, first.err
    assert [(row["product"], row["published"]) for row in first.rows] == [(product, True) for product in Product]
    _check_next_visit(shop)
    _check_sales(shop)
    _check_ledger(shop)
    before = _forecasts(shop)

    again = _in_a_process_without_tensorflow(RUN)
    assert all("forecast again" in row["decision"] for row in again)
    _assert_same(before, _forecasts(shop))
    statuses = shop.select("SELECT status, COUNT(*) AS runs FROM {forecast_run} GROUP BY status ORDER BY status")
    assert statuses == [{"status": "published", "runs": 3}, {"status": "superseded", "runs": 3}]

    # Trained anew, on sources in which everything that the as-of must not know has changed.
    _change_what_happened_after(shop)
    blind = shop.nightcast(*RUN, "--retrain", "always")
    assert blind.code == 0, blind.err
    _assert_same(before, _forecasts(shop))

    shutil.rmtree(shop.folder / "models_store")
    product = "visit_counts" if shop.database.dialect == "sqlite" else "sales"  # one whose recipe is quick
    mended = shop.nightcast("run", "--as-of", "2026-04-02", "--product", product, "--json")
    assert mended.code == 0, mended.err
    assert "cannot be used" in mended.rows[0]["notes"]
    assert mended.rows[0]["decision"].startswith("trained")


def _in_a_process_without_tensorflow(arguments: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of a night that loads its models, in a process of its own, which does not import TensorFlow."""
    program = (
        "import sys; from flows.command_line import run_command_line; code = run_command_line(sys.argv[1:]); "
        "sys.exit(code or ('TensorFlow was imported' if 'tensorflow' in sys.modules else 0))"
    )
    environment = os.environ | {"PYTHONPATH": str(HOUSE)}
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def _check_next_visit(shop: Project) -> None:
    customers = shop.select("SELECT COUNT(DISTINCT customer_id) AS n FROM visits WHERE visited_at < '2026-04-01'")
    sums = shop.select(
        "SELECT customer_id, SUM(probability) AS total, COUNT(*) AS bins FROM {latest_next_visit_bin} GROUP BY 1"
    )
    assert len(sums) == customers[0]["n"]
    assert all(row["bins"] == 5 and math.isclose(row["total"], 1, abs_tol=1e-6) for row in sums)
    rows = shop.select("SELECT * FROM {latest_next_visit}")
    assert len(rows) == len(sums)
    assert all(row["elapsed_days"] >= 1 and 1 <= row["likely_bin"] <= 5 for row in rows)
    assert any(row["visit_days"] == 1 for row in rows)
    bins = shop.select("SELECT bin, from_day, to_day, label FROM {visit_bin} ORDER BY bin")
    assert [row["label"] for row in bins] == ["1-7", "8-14", "15-28", "29-56", "later"]


def _check_sales(shop: Project) -> None:
    rows = shop.select(SALES)
    series = shop.select("SELECT DISTINCT series_id FROM sales")
    of_sales = "run_id IN (SELECT run_id FROM {latest_run} WHERE product = 'sales')"
    status = shop.select(f"SELECT series_id, status, model FROM {{series_status}} WHERE {of_sales}")
    assert {row["series_id"] for row in status} == {row["series_id"] for row in series}
    assert len(rows) == 28 * len(series)
    for row in rows:
        quantiles = [row[name] for name in QUANTILES]
        assert quantiles == sorted(quantiles)
        assert quantiles[0] >= 0


def _check_ledger(shop: Project) -> None:
    runs = shop.nightcast("show", "runs", "--json").rows
    assert {row["status"] for row in runs} == {"published"}
    assert all(row["subjects"] and row["rows_written"] and row["data_through"] == "2026-03-31" for row in runs)
    models = shop.nightcast("show", "models", "--json").rows
    assert [row["status"] for row in models] == ["champion"] * 3
    assert shop.nightcast("show", "accuracy", "--json").rows


def _change_what_happened_after(shop: Project) -> None:
    """Rows at and after the as-of: new ones of known and unknown subjects, and a plan of promotions as far ahead."""
    shop.load(
        "visits",
        ("customer_id", "visited_at", "amount"),
        [("C-00001", "2026-04-01 00:00:00", 5), ("new one", "2026-04-03", 1e6)],
    )
    shop.load("sales", ("series_id", "period", "value"), [("bakery/rye", "2026-04-01", 1e9), ("new", "2026-04-02", 1)])
    planned = datetime.date.fromisoformat(
        str(shop.select("SELECT MAX(period) AS last FROM sales_covariates")[0]["last"])
    )
    promotion = ("bakery/rye", planned + datetime.timedelta(days=2), "promotion", 1)
    shop.load("covariates", ("series_id", "period", "name", "value"), [promotion])


def _forecasts(shop: Project) -> dict[tuple[object, ...], list[float]]:
    """What is published: probabilities by customer and bin, figures by series and step."""
    probabilities = {(row["customer_id"], row["bin"]): [row["probability"]] for row in shop.select(BINS)}
    series = {(row.pop("series_id"), row.pop("step")): [*row.values()] for row in shop.select(SALES)}
    return probabilities | series | {("counts", row.pop("step")): [*row.values()][1:] for row in shop.select(COUNTS)}


def _assert_same(before: dict[tuple[object, ...], list[float]], after: dict[tuple[object, ...], list[float]]) -> None:
    assert before.keys() == after.keys()
    for key, values in before.items():
        assert after[key] == pytest.approx(values, rel=1e-6, abs=1e-6), key


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_dry_run_computes_everything_and_writes_nothing(project: Project) -> None:
    small_shop(project)
    answer = project.nightcast(*RUN, "--dry-run")
    assert answer.code == 0, answer.err
    assert all(row["rows_written"] > 0 and row["dry_run"] and not row["published"] for row in answer.rows)
    for table in ("forecast_run", "model_version", "next_visit", "sales_forecast", "evaluation", "product_lock"):
        assert project.select(f"SELECT COUNT(*) AS n FROM {{{table}}}") == [{"n": 0}]
    assert not (project.folder / "models_store").exists()
