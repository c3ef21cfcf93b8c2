"""After some nights readers can see what came, and are told in a sentence whether to believe the forecasts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import small_shop
from tests.end_to_end.test_reviews import FIRST, SETTLED, later, night


def one(shop: Project, query: str) -> dict[str, Any]:
    (row,) = shop.select(query)
    return row


def test_what_came_is_said_and_can_be_seen(project: Project) -> None:
    project.configure("[model]\nretrain_after_days = 60\n")
    small_shop(project)
    night(project, 0)
    assert {row["mark"] for row in project.select("SELECT mark FROM {rpt_trust}")} == {None}
    night(project, 1, "--retrain", "always")
    night(project, 28 + SETTLED)

    _check_sales(project)
    _check_visits(project)
    _check_counts(project)
    _check_changes(project)
    said = project.nightcast("show", "accuracy", "--limit", "0").out.splitlines()
    sentences = project.select("SELECT product, mark, sentence FROM {rpt_trust}")
    assert said[: len(sentences)] == [f"{row['product']} ({row['mark']}): {row['sentence']}" for row in sentences]
    assert any(line.startswith("coverage_80: share of values") for line in said)


def _check_sales(shop: Project) -> None:
    """The sentence has the share that a reader can count, and the view has all that came."""
    of_first = f"product = 'sales' AND as_of = '{FIRST}'"
    seen = one(
        shop,
        "SELECT COUNT(*) AS n, AVG(is_in_band) AS share, SUM(ABS(q50 - value)) AS error, SUM(value) AS total "
        "FROM {rpt_forecast_vs_actual} WHERE " + of_first,
    )
    came = one(shop, f"SELECT COUNT(*) AS n FROM sales WHERE period BETWEEN '{FIRST}' AND '{later(27)}'")
    assert seen["n"] == came["n"] > 100
    trust = one(shop, "SELECT * FROM {rpt_trust} WHERE product = 'sales'")
    assert trust["coverage_80"] == pytest.approx(float(seen["share"]))
    assert trust["sentence"].startswith(f"80 % bands held {100 * seen['share']:.0f} % of days.")
    assert f"off by {100 * seen['error'] / seen['total']:.0f} % of sales" in trust["sentence"]
    assert trust["sentence"].endswith(f"the forecast of {FIRST}, through {later(27)}.")
    series = shop.select("SELECT * FROM {rpt_series_accuracy} WHERE product = 'sales' ORDER BY mae DESC")
    assert len(series) == 8
    by_series = shop.select(
        "SELECT series_id, AVG(ABS(q50 - value)) AS mae, AVG(error) AS bias FROM {rpt_forecast_vs_actual} WHERE "
        + of_first
        + " GROUP BY series_id ORDER BY 2 DESC"
    )
    for row, counted in zip(series, by_series, strict=True):
        assert row["series_id"] == counted["series_id"]
        assert (row["mae"], row["bias"]) == pytest.approx((counted["mae"], counted["bias"]))


def _check_visits(shop: Project) -> None:
    """Expected and realised customers of the newest part that is over: days 15 to 28 of the first night."""
    trust = one(shop, "SELECT * FROM {rpt_trust} WHERE product = 'next_visit'")
    assert trust["part"] == "15-28"
    expected = one(
        shop,
        "SELECT SUM(probability) AS expected FROM {next_visit_bin} AS bins JOIN {forecast_run} AS run "
        f"ON run.run_id = bins.run_id WHERE run.as_of = '{FIRST}' AND bins.bin = 3",
    )["expected"]
    first_visits = shop.select(
        "SELECT customer_id, MIN(visited_at) AS next FROM visits WHERE customer_id IN "
        f"(SELECT customer_id FROM visits WHERE visited_at < '{FIRST}') AND visited_at >= '{FIRST}' "
        "GROUP BY customer_id"
    )
    came = sum(str(later(14)) <= str(row["next"])[:10] <= str(later(27)) for row in first_visits)
    assert (trust["realised_customers"], trust["expected_customers"]) == (came, pytest.approx(expected))
    groups = shop.select(
        f"SELECT * FROM {{rpt_visit_calibration}} WHERE as_of = '{FIRST}' AND part = '15-28' ORDER BY group_number"
    )
    assert len(groups) == 10
    assert sum(row["customers"] * row["realised"] for row in groups) == pytest.approx(came)
    assert sum(row["customers"] * row["predicted"] for row in groups) == pytest.approx(expected)


def _check_counts(shop: Project) -> None:
    """What came is the number of different customers of a day, a year back too."""
    kept = shop.select("SELECT period, value FROM {visit_count_actual} WHERE series_id = 'all' ORDER BY period")
    counted = shop.select("SELECT visited_at, customer_id FROM visits")
    customers: dict[str, set[str]] = {}
    for row in counted:
        customers.setdefault(str(row["visited_at"])[:10], set()).add(row["customer_id"])
    assert len(kept) > 300
    assert {str(row["period"]): row["value"] for row in kept if row["value"]} == {
        day: len(ids) for day, ids in customers.items() if str(kept[0]["period"]) <= day
    }
    trust = one(shop, "SELECT * FROM {rpt_trust} WHERE product = 'visit_counts'")
    assert trust["sentence"].startswith(f"80 % bands held {100 * trust['coverage_80']:.0f} % of days.")
    assert "% of visits" in trust["sentence"]


def _check_changes(shop: Project) -> None:
    rows = shop.select("SELECT * FROM {rpt_forecast_changes}")
    measures = {("next_visit", "due"), ("next_visit", "returning"), ("sales", "total"), ("visit_counts", "total")}
    assert {(str(row["as_of"]), row["product"], row["measure"]) for row in rows} == {
        (str(later(days)), *one) for days in (1, 28 + SETTLED) for one in measures
    }
    for row in rows:
        assert row["by_calendar"] + row["by_data"] + row["by_model"] == pytest.approx(row["difference"])
    by_model = {(str(row["as_of"]), row["product"], row["measure"]): row["by_model"] for row in rows}
    assert by_model[str(later(1)), "next_visit", "due"] != 0  # the model of the night before forecasts again
    assert all(by_model[str(later(28 + SETTLED)), *one] == 0 for one in measures)
