"""A night of visits per day, from a file with groups and bookings to what people read."""

from __future__ import annotations

import datetime
import math

import pytest

from tests.end_to_end.conftest import Project

SETTINGS = """
[source.visits]
groups = ["store"]
future = "known"

[next_visit]
recipes = ["life_table"]
"""

TODAY = datetime.datetime.now(datetime.UTC).date()
BOOKED = TODAY + datetime.timedelta(days=2)
OPTIONS = ("--customer-id", "customer", "--visited-at", "day", "--group", "store")


def load(project: Project) -> None:
    """Five to twelve customers a day for more than a year, some without a store, and fifteen bookings of one day."""
    visits = [
        f"c{number},{TODAY - datetime.timedelta(days=days)},{'north' if number % 3 else ''}"
        for days in range(1, 420)
        for number in range(days % 7, 12)
    ]
    bookings = [f"c{number},{BOOKED},north" for number in range(15)]
    path = project.folder / "visits.csv"
    path.write_text("\n".join(["customer,day,store", *visits, *bookings]), encoding="utf-8")
    answer = project.nightcast("load", "visits", str(path), *OPTIONS)
    assert answer.code == 0, answer.err
    assert "rejected" not in answer.err


def test_visits_per_day_by_store_with_bookings(project: Project) -> None:
    project.configure(SETTINGS)
    load(project)
    night = project.nightcast("run", "--json")
    assert night.code == 0, night.err
    assert [row["product"] for row in night.rows] == ["next_visit", "visit_counts"]
    assert all(row["published"] and row["rows_rejected"] == 0 for row in night.rows)
    assert "3 customers with a booking, but no visit" in night.rows[0]["notes"]

    rows = project.nightcast("show", "visits", "--json").rows
    assert [*dict.fromkeys(row["series_id"] for row in rows)] == ["all", "store unknown", "store=north"]
    by_day = {(row["series_id"], row["from_date"]): row for row in rows if row["span"] == "day"}
    assert len(by_day) == 3 * 28
    for (series, day), row in by_day.items():
        is_booked = day == str(BOOKED) and series != "store unknown"
        assert row["booked"] == (15 if is_booked else 0)
        assert row["expected"] >= row["booked"]
        assert row["q10"] >= row["booked"]
        assert row["q10"] <= row["expected"] <= row["q90"]
        assert row["year_ago"] is not None
        assert (row["known_customers"] is not None) == (series == "all")
    assert by_day["all", str(BOOKED)]["expected"] == pytest.approx(15)

    weeks = [row for row in rows if row["span"] == "week"]
    assert {row["series_id"] for row in weeks} == {"all", "store unknown", "store=north"}
    for week in weeks:
        days = [
            row
            for (series, day), row in by_day.items()
            if series == week["series_id"] and week["from_date"] <= day <= week["to_date"]
        ]
        for name in ("expected", "year_ago", "booked"):
            assert week[name] == pytest.approx(math.fsum(day[name] for day in days))
        assert (week["known_customers"] is not None) == (week["series_id"] == "all")
        assert week["q10"] <= week["expected"] <= week["q90"]

    customers = project.select("SELECT customer_id, booked_on FROM {next_visit} ORDER BY customer_id")
    assert len(customers) == 12
    assert {str(row["booked_on"]) for row in customers} == {str(BOOKED)}

    again = project.nightcast("run", "--json", "--product", "visit_counts")
    assert again.code == 0, again.err
    assert "forecast again" in again.rows[0]["decision"]
    assert project.nightcast("show", "visits", "--json").rows == rows


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_series_that_does_not_exist_is_refused_with_near_ones(project: Project) -> None:
    project.configure(SETTINGS)
    load(project)
    assert project.nightcast("run", "--product", "visit_counts").code == 0
    answer = project.nightcast("show", "visits", "--series", "store=nort")
    assert answer.code == 2
    assert "store=north" in answer.err
    assert len(project.nightcast("show", "visits", "--series", "store=north", "--json").rows) >= 28
    checked = project.nightcast("check", "--json")
    assert [(row["product"], row["result"]) for row in checked.rows] == [("visit_counts", "ok")]
