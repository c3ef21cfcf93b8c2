"""The rows of next visits as readers find them, forecast by the life table."""

from __future__ import annotations

import datetime
import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from models.next_visit.settings import NextVisitSettings
from models.next_visit.value.states import STATES
from sql.engine import Database
from sql.settings import VisitSource
from sql.tables import forecast_run, next_visit_day, visit_bin
from tasks.publish import publish
from tests.stored_visits import next_visit, next_visit_bin
from tests.tasks.forecasts import VISITS, customers, written_to
from tests.tasks.nights import AS_OF, fill_visits


def test_every_customer_gets_a_row(database: Database) -> None:
    fill_visits(database, *VISITS)
    tonight = customers(database)
    written = tonight.forecast()
    rows = {row["customer_id"]: row for row in written_to(database, next_visit, "customer_id")}
    assert list(rows) == ["00001", "long gone", "once"]
    first = rows["00001"]
    assert first["last_visit_on"] == AS_OF - datetime.timedelta(days=1)
    assert (first["visit_days"], first["elapsed_days"], first["amount_total"]) == (3, 1, 4.0)
    assert (rows["once"]["elapsed_days"], rows["once"]["amount_total"]) == (40, None)
    assert written == 3 + 3 + 14
    assert tonight.night.entry.rows_written == written
    assert written_to(database, forecast_run, "run_id")[0]["rows_written"] == written


def test_the_bins_of_a_customer_sum_to_one_and_agree_with_the_summary(database: Database) -> None:
    fill_visits(database, *VISITS)
    customers(database).forecast()
    summary = {row["customer_id"]: row for row in written_to(database, next_visit, "customer_id")}
    for customer, row in summary.items():
        bins = [one for one in written_to(database, next_visit_bin, "bin") if one["customer_id"] == customer]
        assert [one["bin"] for one in bins] == [1, 2, 3]
        chances = [one["probability"] for one in bins]
        assert math.fsum(chances) == pytest.approx(1, abs=1e-9)
        assert min(chances) >= 0
        assert row["likely_bin"] == 1 + int(np.argmax(chances))
        assert row["likely_bin_probability"] == pytest.approx(max(chances))
        assert row["return_probability"] == pytest.approx(sum(chances[:-1]))
        assert (row["median_days_ahead"] in range(1, 15)) == (row["return_probability"] >= 0.5)


def test_dates_are_in_order_and_agree_with_the_days_ahead(database: Database) -> None:
    fill_visits(database, *VISITS)
    customers(database).forecast()
    for row in written_to(database, next_visit, "customer_id"):
        known = [row[name] for name in ("date_10", "date_50", "date_90") if row[name] is not None]
        assert known == sorted(known)
        assert all(AS_OF <= date < AS_OF + datetime.timedelta(days=365) for date in known)
        median = row["median_days_ahead"]
        assert row["date_50"] == (None if median is None else AS_OF + datetime.timedelta(days=median - 1))
        assert 0 < row["habit_probability"] < 1
        assert 0 < row["season_probability"] < 1


def test_every_customer_has_a_state_and_a_value(database: Database) -> None:
    fill_visits(database, *VISITS)
    customers(database).forecast()
    rows = {row["customer_id"]: row for row in written_to(database, next_visit, "customer_id")}
    assert {row["state"] for row in rows.values()} <= set(STATES)
    assert rows["once"]["usual_interval_days"] is None
    assert rows["00001"]["usual_interval_days"] > 0
    assert rows["00001"]["amount_year"] == 4.0
    assert all(0 < row["expected_visits_28"] < row["expected_visits_365"] for row in rows.values())
    mean = rows["once"]["expected_amount_365"] / rows["once"]["expected_visits_365"]
    assert mean == pytest.approx(2.0)


def test_reports_of_states_agree_with_the_customers(database: Database) -> None:
    fill_visits(database, *VISITS)
    tonight = customers(database)
    tonight.forecast()
    publish(tonight.night, tonight.choice)
    rows = written_to(database, next_visit, "customer_id")
    with database.read() as connection:
        counts = connection.execute(_select(database, "rpt_customer_states", "state", "customers")).all()
        lapsing = connection.execute(_select(database, "rpt_customers_lapsing", "customer_id")).scalars().all()
    assert dict(map(tuple, counts)) == Counter(row["state"] for row in rows)
    assert sorted(lapsing) == [row["customer_id"] for row in rows if row["state"] == "lapsing"]


def _select(database: Database, view: str, *columns: str) -> sa.Select[Any]:
    return sa.select(sa.table(view, *map(sa.column, columns), schema=database.schema))


def test_bins_have_their_days_and_dates(database: Database) -> None:
    fill_visits(database, *VISITS)
    customers(database, next_visit=NextVisitSettings(bin_edges_days=(7, 14))).forecast()
    days = ("bin", "from_day", "to_day", "label", "from_date", "to_date")
    assert [tuple(row[name] for name in days) for row in written_to(database, visit_bin, "bin")] == [
        (1, 1, 7, "1-7", AS_OF, datetime.date(2024, 6, 7)),
        (2, 8, 14, "8-14", datetime.date(2024, 6, 8), datetime.date(2024, 6, 14)),
        (3, 15, None, "later", datetime.date(2024, 6, 15), None),
    ]


def test_the_customers_of_the_days_are_those_of_the_bins(database: Database) -> None:
    fill_visits(database, *VISITS)
    customers(database).forecast()
    days, bins = written_to(database, next_visit_day, "day"), written_to(database, next_visit_bin, "bin")
    assert [(row["day"], row["date"]) for row in days] == [
        (day + 1, AS_OF + datetime.timedelta(days=day)) for day in range(14)
    ]
    for first, last, number in ((1, 7, 1), (8, 14, 2)):
        of_days = math.fsum(row["customers"] for row in days if first <= row["day"] <= last)
        assert of_days == pytest.approx(math.fsum(row["probability"] for row in bins if row["bin"] == number))


def test_who_has_booked_has_the_day_of_the_next_booking(database: Database) -> None:
    booked = AS_OF + datetime.timedelta(days=4)
    fill_visits(database, *VISITS, ("once", str(booked), None), ("new", str(booked), None))
    customers(database, visits=VisitSource(future="known")).forecast()
    rows = {row["customer_id"]: row["booked_on"] for row in written_to(database, next_visit, "customer_id")}
    assert rows == {"00001": None, "long gone": None, "once": booked}
