"""``nightcast backtest`` says of a past as-of what a night of that day came to."""

from __future__ import annotations

import datetime

import pytest

from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import THROUGH, small_shop

SETTLED = THROUGH + datetime.timedelta(days=10)
"""An as-of by which all forecasts through `THROUGH` are scored."""

AS_OF = {
    "next_visit": THROUGH - datetime.timedelta(days=55),
    "sales": THROUGH - datetime.timedelta(days=27),
}
"""The newest as-ofs whose whole horizon is over."""


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("product", ["next_visit", "sales"])
def test_it_says_what_came_of_that_night(project: Project, product: str) -> None:
    small_shop(project)
    answer = project.nightcast("backtest", product, "--origins", "1", "--json")
    assert answer.code == 0, answer.err
    assert "Nothing was written to the database." in answer.err
    for table in ("forecast_run", "model_version", "evaluation", "search_trial"):
        assert project.select(f"SELECT * FROM {{{table}}}") == []
    rows = {(row["as_of"], row["model"]): row for row in answer.rows if row["segment"] == "all"}
    as_of = str(AS_OF[product])
    assert {day for day, _ in rows} == {as_of, "mean"}
    served, mean = rows[as_of, "served"], rows["mean", "served"]
    assert {**mean, "as_of": as_of} == served

    for day, retrain in ((as_of, "auto"), (str(SETTLED), "never")):
        assert project.nightcast("run", "--as-of", day, "--product", product, "--retrain", retrain).code == 0
    scores = project.select("SELECT metric, value, baseline_value FROM {forecast_score} WHERE part = 'all'")
    baseline = rows[as_of, {"next_visit": "life_table", "sales": "seasonal_naive"}[product]]
    assert len(scores) > 5
    for score in scores:
        metric = score["metric"]
        assert served[metric] == pytest.approx(score["value"], rel=1e-6)
        if score["baseline_value"] is not None:
            assert baseline[metric] == pytest.approx(score["baseline_value"], rel=1e-6)
    published = project.select("SELECT served FROM {forecast_run} ORDER BY started_at")
    assert served["recipe"] == published[0]["served"]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_wrong_as_ofs_are_refused(project: Project) -> None:
    project.load("visits", ("customer_id", "visited_at"), [("a", "2026-01-05"), ("b", "2026-03-08")])
    both = project.nightcast("backtest", "next_visit", "--origins", "2", "--as-of", "2026-01-08")
    assert both.code == 2
    assert "Give either --as-of or --origins." in both.err
    early = project.nightcast("backtest", "next_visit", "--as-of", "2026-02-10")
    assert early.code == 2
    assert "from 2026-04-10 on" in early.err
    done = project.nightcast("backtest", "next_visit", "--as-of", "2026-01-08")
    assert done.code == 0
    assert "served: life_table" in done.out
    assert "mean" not in done.out
