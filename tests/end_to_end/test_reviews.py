"""Published forecasts are reviewed part by part, and what follows when they are worse than the baseline."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from nightcast.values import Product
from sql.tables import forecast_run
from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import small_shop

FIRST = datetime.date(2026, 3, 1)
SETTLED = 3
"""Days to wait for late rows, by default."""

SCORES = "SELECT * FROM {forecast_score} ORDER BY run_id, part, metric"


def later(days: int) -> datetime.date:
    return FIRST + datetime.timedelta(days=days)


def night(shop: Project, days: int, *options: str, late: int = 0) -> list[dict[str, Any]]:
    """A night that began on the day of its as-of, or some days later; what the command printed."""
    answer = shop.nightcast("run", "--as-of", str(later(days)), "--json", *options)
    assert answer.code == 0, answer.err
    moment = datetime.datetime.combine(later(days + late), datetime.time(3, 30), datetime.UTC)
    with shop.database.write() as connection:
        run = sa.update(forecast_run).where(forecast_run.c.as_of == later(days))
        connection.execute(run.values(started_at=moment))
    return answer.rows


def reviewed(shop: Project, days: int) -> set[tuple[str, str, bool]]:
    """Product, part and mark of each reviewed part of an as-of."""
    query = "SELECT DISTINCT product, part, is_backfill FROM {forecast_score} "
    rows = shop.select(query + f"WHERE as_of = '{later(days)}'")
    return {(row["product"], row["part"], bool(row["is_backfill"])) for row in rows}


def test_each_part_is_reviewed_once_and_a_backfill_is_marked(project: Project) -> None:
    project.configure("[model]\nretrain_after_days = 60\n")
    small_shop(project)
    night(project, 0)
    night(project, 1, late=20)
    night(project, 6 + SETTLED)
    assert reviewed(project, 0) == set()
    night(project, 7 + SETTLED)
    assert reviewed(project, 0) == {(product, "1-7", False) for product in Product}
    scores = project.select(SCORES)

    night(project, 7 + SETTLED)
    assert project.select(SCORES) == scores
    night(project, 8 + SETTLED)
    assert reviewed(project, 1) == {(product, "1-7", True) for product in Product}
    night(project, 14 + SETTLED)
    assert {part for _, part, _ in reviewed(project, 0)} == {"1-7", "8-14"}
    kept = project.select(SCORES)
    assert all(row in kept for row in scores)

    accuracy = project.nightcast("show", "accuracy", "--limit", "0", "--json").rows
    by_as_of = {(row["as_of"], row["measured"]) for row in accuracy if row["measured"] != "evaluation"}
    assert by_as_of == {(str(FIRST), "review"), (str(later(1)), "backfill")}
    measured = [row["measured"] for row in accuracy]
    assert measured == sorted(measured, key=["review", "backfill", "evaluation"].index)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_two_bad_weeks_are_noted_and_the_baseline_serves_where_it_may(project: Project) -> None:
    settings = "[model]\nretrain_after_days = 60\nworsened_share = 100.0\n"
    project.configure(settings)
    small_shop(project)
    for days in (0, 7, 14 + SETTLED):
        night(project, days, "--product", "next_visit")
        # As a model would have forecast that expects everybody in the first bin.
        others = ", ".join(f"probability_{number} = 0" for number in (2, 3, 4))
        project.execute(f"UPDATE {{next_visit_stored}} SET probability_1 = 1, {others}")

    (row,) = night(project, 15 + SETTLED, "--product", "next_visit")
    assert "worse than the baseline's: brier 7" in row["notes"]
    assert "2 reviews of 1-7" in row["notes"]
    assert row["served"] != "life_table"
    (newest, *_) = project.nightcast("show", "runs", "--json").rows
    assert newest["notes"] == row["notes"]

    project.configure(settings + 'when_worse_than_baseline = "serve_baseline"\n')
    as_of = ("--as-of", str(later(16 + SETTLED)), "--product", "next_visit")
    (planned,) = project.nightcast("plan", *as_of, "--json").rows
    assert planned["model"] == "the baseline"
    (row,) = night(project, 16 + SETTLED, "--product", "next_visit")
    assert row["served"] == "life_table"
    assert row["decision"].startswith("life_table serves: reviews since")
    assert "worse than the baseline's: brier 7" in row["decision"]
    (champion,) = project.nightcast("models", "--json").rows
    assert champion["status"] == "champion"
