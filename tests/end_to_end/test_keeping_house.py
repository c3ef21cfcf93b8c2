"""Pruning, rolling back and forgetting, as a person does it."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import daily

VISITS = ("customer_id", "visited_at", "amount")


@pytest.fixture
def shop(project: Project) -> Project:
    """A shop with a few customers, after three nights, of which each trained."""
    visits = [(f"c{number}", day, 3) for number in range(20) for day in daily("2026-02-01", 40, every=3 + number)]
    assert project.load("visits", VISITS, [*visits, ("c1", "someday", 3)]).code == 0
    for as_of in ("2026-03-08", "2026-03-09", "2026-03-10"):
        answer = project.nightcast("run", "--as-of", as_of, "--product", "next_visit", "--retrain", "always")
        assert answer.code == 0, answer.err
    return project


def models(project: Project) -> dict[str, str]:
    return {row["model_version"]: row["status"] for row in project.nightcast("models", "--json").rows}


def test_keeping_house(shop: Project) -> None:
    _prune(shop)
    _roll_back(shop)
    _forget(shop)


def _prune(shop: Project) -> None:
    shown = shop.select("SELECT * FROM {latest_next_visit} ORDER BY customer_id")
    kept = shop.nightcast("prune", "--keep-runs", "1", "--json")
    assert (kept.code, kept.rows) == (0, [])  # none has been scored yet, and its time may still come
    shop.execute(
        "INSERT INTO {forecast_score} (run_id, product, as_of, part, scored_through, metric, value, is_backfill) "
        "SELECT run_id, product, as_of, 'all', as_of, 'log_loss', 1, FALSE FROM {forecast_run} "
        "WHERE as_of < '2026-03-10'"
    )
    would = shop.nightcast("prune", "--keep-runs", "1", "--dry-run", "--json").rows
    assert shop.nightcast("prune", "--keep-runs", "1", "--json").rows == would
    assert [(row["what"], row["as_of"], row["reason"]) for row in would] == [
        ("rows", "2026-03-09", "beyond the last 1"),
        ("rows", "2026-03-08", "beyond the last 1"),
    ]
    assert {row["rows"] for row in would} == {20 + 5 + 56}
    assert shop.select("SELECT * FROM {latest_next_visit} ORDER BY customer_id") == shown
    assert shop.select("SELECT COUNT(DISTINCT run_id) AS n FROM {next_visit}") == [{"n": 1}]
    assert shop.select("SELECT COUNT(*) AS n FROM {forecast_run}") == [{"n": 3}]
    assert shop.select("SELECT COUNT(*) AS n FROM {forecast_score}") == [{"n": 2}]
    assert "Nothing to remove" in shop.nightcast("prune").err


def _roll_back(shop: Project) -> None:
    before = models(shop)
    third, second, first = before
    assert list(before.values()) == ["champion", "retired", "retired"]
    assert shop.nightcast("models", "rollback", "next_visit").code == 0
    assert models(shop) == {third: "rejected", second: "champion", first: "retired"}
    again = shop.nightcast("run", "--as-of", "2026-03-10", "--product", "next_visit", "--json")
    assert again.rows[0]["decision"].startswith(f"loaded {second}")
    assert shop.nightcast("models", "promote", third).code == 0
    assert models(shop) == {third: "champion", second: "retired", first: "retired"}
    (shop.folder / "models_store" / first / "manifest.json").write_text("{}")
    refused = shop.nightcast("models", "rollback", first)
    assert refused.code == 2
    assert first in refused.err
    assert models(shop)[third] == "champion"


def _forget(shop: Project) -> None:
    answer = shop.nightcast("forget", "c1", "--json")
    assert answer.code == 0
    places = {row["place"]: (row["state"], row["rows"]) for row in answer.rows}
    assert places["next_visit_stored"] == ("removed from", 1)  # the rerun has removed the rows of what it superseded
    assert places["the source, visits"] == ("still in", 10)
    assert {"visits0.csv", "visits0.csv.rejected.csv", "weights and statistics of models"} <= places.keys()
    assert "exclude_customers" in answer.err
    assert shop.nightcast("show", "next-visit", "--customer", "c1", "--json").code == 2  # there is no such customer
    assert shop.select("SELECT COUNT(*) AS n FROM {next_visit} WHERE customer_id = 'c2'") == [{"n": 1}]

    shop.configure('[source.visits]\nexclude_customers = ["c1"]\n')
    assert shop.nightcast("run", "--as-of", "2026-03-11").code == 0
    assert shop.select("SELECT COUNT(*) AS n FROM {next_visit} WHERE customer_id = 'c1'") == [{"n": 0}]
    assert "exclude_customers" not in shop.nightcast("forget", "c1").err
