"""The values of the page are those of the views."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from flows.report.compose import composed
from flows.report.page import page
from flows.report.read import MOST_CUSTOMERS, read
from sql.engine import Database
from tests.flows.report.reading import Page


def read_page(database: Database) -> Page:
    report = composed(read(database), datetime.now(UTC))
    return Page(page(report))


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    name = f"{database.schema}." if database.schema else ""
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query.replace("VIEW.", name)))]


def as_file(values: list[tuple[Any, ...]]) -> list[list[str]]:
    return [["" if value is None else _text(value) for value in row] for row in values]


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def test_customers_are_those_of_the_views(shop: Database) -> None:
    found = read_page(shop)
    columns = "customer_id, probability, last_visit_on, usual_interval_days, overdue_days, date_50, amount_year"
    due = rows(shop, f"SELECT {columns} FROM VIEW.rpt_customers_due LIMIT {MOST_CUSTOMERS}")
    assert found.files["customers-due.csv"][1:] == as_file(due)
    overdue = rows(shop, f"SELECT {columns} FROM VIEW.rpt_customers_due WHERE state = 'overdue' LIMIT {MOST_CUSTOMERS}")
    assert found.files["customers-overdue.csv"][1:] == as_file(overdue)
    lapsing = rows(shop, f"SELECT customer_id, amount_year FROM VIEW.rpt_customers_lapsing LIMIT {MOST_CUSTOMERS}")
    assert [row[:2] for row in found.files["customers-lapsing.csv"][1:]] == as_file(lapsing)
    states = rows(shop, "SELECT state, customers FROM VIEW.rpt_customer_states")
    assert [row[:2] for row in found.files["customer-states.csv"][1:]] == as_file(states)
    spent = dict(rows(shop, "SELECT state, amount_year FROM VIEW.rpt_customer_states"))["lapsing"]
    assert f"who spent {spent:,.0f} in the last year" in found.text


def test_the_table_shows_what_its_file_has(shop: Database) -> None:
    found = read_page(shop)
    shown = next(table for caption, table in found.tables.items() if caption.startswith("Likeliest to come"))
    written = found.files["customers-due.csv"]
    assert [row[0] for row in shown[1:]] == [row[0] for row in written[1:]]
    assert [row[1].replace("\xa0", "") for row in shown[1:]] == [f"{100 * float(row[1]):.0f}%" for row in written[1:]]
    assert [row[6] for row in shown[1:]] == [f"{float(row[6]):,.0f}" for row in written[1:]]


def test_series_are_those_of_the_views(shop: Database) -> None:
    found = read_page(shop)
    totals = rows(shop, "SELECT span, from_period, mean, q10, q90 FROM VIEW.rpt_sales_totals WHERE level = 'all'")
    written = {(row[1], *row[2:]) for row in found.files["sales-spans.csv"][1:]}
    assert written == {tuple(row[1:]) for row in as_file(totals)}
    store = rows(
        shop,
        "SELECT group_value, mean, q10, q90 FROM VIEW.rpt_sales_totals WHERE level = 'store' "
        "AND span = 'horizon' ORDER BY mean DESC",
    )
    assert found.files["sales-by-store.csv"][1:] == as_file(store)
    ahead = rows(
        shop,
        "SELECT from_date, expected, q10, q90, year_ago FROM VIEW.rpt_visits_ahead "
        "WHERE series_id = 'all' AND span = 'day' ORDER BY from_date",
    )
    assert found.files["visits-next-days.csv"][1:] == as_file(ahead[:10])
    outlook = rows(shop, "SELECT series_id FROM VIEW.rpt_sales_outlook")
    drawn = [row[0] for name in ("largest-series.csv", "series.csv") for row in found.files[name][1:]]
    assert set(drawn) == {row[0] for row in outlook}
    assert {row[0] for row in found.files["largest-series.csv"][1:]} == {row[0] for row in outlook[:12]}


def test_changes_are_those_of_the_views(shop: Database) -> None:
    found = read_page(shop)
    changes = rows(shop, "SELECT previous, present, by_calendar, by_data, by_model FROM VIEW.rpt_forecast_changes")
    assert [row[2:] for row in found.files["changes.csv"][1:]] == as_file(changes)
    [[series, previous, present, difference], *_] = found.files["changed-series.csv"][1:]
    assert float(difference) == pytest.approx(float(present) - float(previous))
    differences = [abs(float(row[3])) for row in found.files["changed-series.csv"][1:]]
    assert differences == sorted(differences, reverse=True)
    week = rows(
        shop,
        "SELECT mean FROM VIEW.latest_sales_total WHERE level = 'series' AND span = 'week' "
        f"AND is_whole AND group_value = '{series}' ORDER BY from_period LIMIT 1",
    )
    assert float(present) == week[0][0]
