"""Totals of groups, from a table with stores to the report and the command."""

from __future__ import annotations

import datetime

import pytest

from tests.end_to_end.conftest import Project
from tests.end_to_end.shops import daily

AS_OF = datetime.date(2025, 4, 14)
DAYS = daily("2025-01-01", (AS_OF - datetime.date(2025, 1, 1)).days)
COLUMNS = ("--series-id", "series_id", "--period", "period", "--value", "value")
SETTINGS = """
[source.sales]
groups = ["store"]
[sales]
horizon = 21
recipes = ["combination"]
"""


def test_totals_of_stores_add_up_to_those_of_the_shop(project: Project) -> None:
    lines = [f"s{one},{day},{10 * one + day.weekday()},store {one % 2}" for one in range(1, 5) for day in DAYS]
    (project.folder / "sales.csv").write_text("\n".join(["series_id,period,value,store", *lines]), encoding="utf-8")
    loaded = project.nightcast("load", "sales", str(project.folder / "sales.csv"), *COLUMNS, "--group", "store")
    assert loaded.code == 0, loaded.err
    project.configure(SETTINGS)
    assert project.nightcast("run", "--as-of", str(AS_OF), "--product", "sales").code == 0
    shown = project.nightcast("show", "totals", "--json")
    assert [row["group_value"] for row in shown.rows if row["span"] == "horizon"] == ["all", "store 0", "store 1"]
    assert {row["span"] for row in shown.rows} == {"horizon", "week", "month"}
    reported = project.select("SELECT level, span, from_period, q10, mean, q90 FROM {rpt_sales_totals}")
    assert len(reported) == len(shown.rows)
    of_all = {(row["span"], str(row["from_period"])): row for row in reported if row["level"] == "all"}
    for (span, first), whole in of_all.items():
        stores = [
            row
            for row in reported
            if row["level"] == "store" and (row["span"], str(row["from_period"])) == (span, first)
        ]
        assert sum(row["mean"] for row in stores) == pytest.approx(whole["mean"])
        assert whole["q10"] < whole["mean"] < whole["q90"]
        assert whole["q90"] - whole["q10"] < sum(row["q90"] - row["q10"] for row in stores) + 1e-9
