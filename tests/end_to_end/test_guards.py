"""What keeps a night from running, and what a backfill leaves out."""

from __future__ import annotations

import datetime

import pytest

from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import daily

VISITS = ("customer_id", "visited_at", "amount")
SALES = ("series_id", "period", "value")


@pytest.fixture
def shop(project: Project) -> Project:
    """Two months of a few customers and one series, too little for a network."""
    rows = [(f"c{number}", day, 5) for number in range(3) for day in daily("2026-01-01", 40, every=2 + number)]
    project.load("visits", VISITS, rows)
    project.load("sales", SALES, [("s", day, 10) for day in daily("2026-01-01", 40)])
    return project


def test_a_run_that_starts_far_too_late_is_skipped_by_name(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    due = datetime.datetime(2026, 2, 9, 3, 30, tzinfo=datetime.UTC)
    for room in ("guards", "session"):
        monkeypatch.setattr(f"flows.night.{room}.scheduled_start", lambda: due)
    answer = shop.nightcast("run")
    assert answer.code == 0, answer.err
    runs = shop.select("SELECT product, status, as_of, decision, finished_at FROM {forecast_run} ORDER BY product")
    assert [(row["product"], row["status"], str(row["as_of"])) for row in runs] == [
        ("next_visit", "skipped", "2026-02-09"),
        ("sales", "skipped", "2026-02-09"),
        ("visit_counts", "skipped", "2026-02-09"),
    ]
    assert all("the limit is 20" in row["decision"] and row["finished_at"] for row in runs)
    assert shop.select("SELECT * FROM {latest_run}") == []

    shop.configure("[run]\nlate_after_hours = 1000000\n")
    assert shop.nightcast("run").code == 0
    assert {str(row["as_of"]) for row in shop.select("SELECT as_of FROM {latest_run}")} == {"2026-02-09"}


def test_stale_data_is_warned_about_or_refused(shop: Project) -> None:
    warned = shop.nightcast("run", "--as-of", "2026-02-20", "--json")
    assert warned.code == 0, warned.err
    notes = shop.select("SELECT notes FROM {forecast_run} WHERE as_of = '2026-02-20'")
    assert len(notes) == 3
    assert all("before the as-of" in row["notes"] for row in notes)

    shop.configure('[source.visits]\nwhen_stale = "refuse"\n[source.sales]\nwhen_stale = "refuse"\n')
    refused = shop.nightcast("run", "--as-of", "2026-02-21")
    assert refused.code == 1
    assert "the visits end on" in refused.err
    assert "2026-02-09, 11 days before the as-of, and 7 are allowed" in refused.err
    assert {str(row["as_of"]) for row in shop.select("SELECT as_of FROM {latest_run}")} == {"2026-02-20"}
    assert shop.nightcast("run", "--as-of", "2026-02-15").code == 0


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_current_month_is_not_stale_before_it_is_over(project: Project) -> None:
    project.configure('[source.sales]\nwhen_stale = "refuse"\n')
    project.load("sales", SALES, [("s", f"2025-{month:02d}-01", 10) for month in range(1, 13)])
    assert project.nightcast("run", "--as-of", "2026-01-30").code == 0
    assert project.nightcast("run", "--as-of", "2026-02-09").code == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_backfill_goes_on_where_it_stopped(shop: Project) -> None:
    assert shop.nightcast("run", "--as-of", "2026-02-02", "--product", "sales").code == 0
    answer = shop.nightcast("run", "--as-of", "2026-02-01..2026-02-03", "--json")
    assert answer.code == 0, answer.err
    assert [(row["product"], row["as_of"]) for row in answer.rows] == [
        ("next_visit", "2026-02-01"),
        ("sales", "2026-02-01"),
        ("visit_counts", "2026-02-01"),
        ("next_visit", "2026-02-02"),
        ("visit_counts", "2026-02-02"),
        ("next_visit", "2026-02-03"),
        ("sales", "2026-02-03"),
        ("visit_counts", "2026-02-03"),
    ]
    nothing = shop.nightcast("run", "--as-of", "2026-02-01..2026-02-03", "--json")
    assert (nothing.code, nothing.rows) == (0, [])
    assert "published already" in nothing.err
    again = shop.nightcast("run", "--as-of", "2026-02-01..2026-02-02", "--again", "--json")
    assert len(again.rows) == 6


def test_a_backfilled_night_publishes_what_that_night_would_have(shop: Project) -> None:
    """The forecast of an as-of is the same, whether the days after it are known or not."""
    assert shop.nightcast("run", "--as-of", "2026-02-10").code == 0
    assert shop.nightcast("run", "--as-of", "2026-01-20").code == 0
    query = "SELECT customer_id, bin, probability FROM {next_visit_bin} WHERE run_id = '%s' ORDER BY customer_id, bin"
    run = "SELECT run_id FROM {forecast_run} WHERE as_of = '2026-01-20' AND product = 'next_visit' AND status = '%s'"
    before = shop.select(query % shop.select(run % "published")[0]["run_id"])
    shop.execute("DELETE FROM visits WHERE visited_at >= '2026-01-20'")
    assert shop.nightcast("run", "--as-of", "2026-01-20").code == 0
    assert shop.select(query % shop.select(run % "published")[0]["run_id"]) == before
    assert {str(row["as_of"]) for row in shop.select("SELECT as_of FROM {latest_run}")} == {"2026-02-10"}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_as_of_after_today_is_refused_before_anything_is_run(shop: Project) -> None:
    tomorrow = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)
    for command in ("run", "plan"):
        answer = shop.nightcast(command, "--as-of", str(tomorrow))
        assert answer.code == 2
        assert f"{tomorrow} is after today" in answer.err
    assert shop.nightcast("run", "--as-of", f"2026-02-10..{tomorrow}").code == 2
    assert shop.select("SELECT * FROM {forecast_run}") == []


def test_clocks_that_are_days_apart_are_refused(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=2)
    monkeypatch.setattr("flows.night.guards.clock", lambda _: long_ago)
    answer = shop.nightcast("run", "--as-of", "2026-02-10")
    assert answer.code == 1
    assert "clock" in answer.err
    assert shop.select("SELECT * FROM {forecast_run}") == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_product_whose_source_has_gone_fails(shop: Project) -> None:
    assert shop.nightcast("run", "--as-of", "2026-02-10").code == 0
    shop.execute("ALTER TABLE visits RENAME TO visits_old")
    answer = shop.nightcast("run", "--as-of", "2026-02-11", "--json")
    assert answer.code == 1
    assert "'visits' is gone" in answer.err
    runs = shop.select("SELECT product, status, error FROM {forecast_run} WHERE as_of = '2026-02-11'")
    statuses = {"next_visit": "failed", "sales": "published", "visit_counts": "failed"}
    assert {row["product"]: row["status"] for row in runs} == statuses
    plan = shop.nightcast("plan", "--as-of", "2026-02-11")
    assert plan.code == 1
    assert "next_visit would fail" in plan.err


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_first_night_asks_whether_the_as_of_was_forgotten(shop: Project) -> None:
    refused = shop.nightcast("run", "--as-of", "2026-08-01")
    assert refused.code == 1
    assert "Did you mean --as-of 2026-02-10?" in refused.err
    assert shop.select("SELECT * FROM {latest_run}") == []
    assert shop.nightcast("run", "--as-of", "2026-02-10").code == 0
    later = shop.nightcast("run", "--as-of", "2026-08-01")
    assert later.code == 0, later.err  # readers have had forecasts: a warning is enough


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_withdrawn_night_can_be_published_anew(shop: Project) -> None:
    for as_of in ("2026-02-09", "2026-02-10"):
        assert shop.nightcast("run", "--as-of", as_of).code == 0
    answer = shop.nightcast("withdraw", "2026-02-10", "--product", "sales")
    assert answer.code == 0, answer.err
    assert "Readers now see the night of 2026-02-09." in answer.err
    seen = "SELECT product, as_of FROM {latest_run} ORDER BY product"
    assert [str(row["as_of"]) for row in shop.select(seen)] == ["2026-02-10", "2026-02-09", "2026-02-10"]
    assert shop.nightcast("withdraw", "2026-02-10", "--product", "sales").code == 2
    assert shop.nightcast("run", "--as-of", "2026-02-10", "--product", "sales").code == 0
    assert [str(row["as_of"]) for row in shop.select(seen)] == ["2026-02-10"] * 3
