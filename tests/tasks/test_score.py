"""The rows of a forecast as readers find them, forecast by the models that need no network."""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from tasks.reading.extract import extract_sales, extract_visits

import tasks.forecast
from models.next_visit.settings import NextVisitSettings
from models.sales.gate.record import SeriesRecord
from models.sales.settings import SalesSettings
from nightcast.errors import RunLostError
from nightcast.values import Product
from sql.engine import Database
from sql.tables import forecast_run, next_visit, next_visit_bin, sales_forecast, series_status, visit_bin
from tasks.forecast import score_customers, score_series
from tasks.night import Night, Serving
from tasks.prepare import prepare_sales, prepare_visits
from tasks.products import models_of
from tasks.publish import publish
from tests.tasks.nights import AS_OF, fill_sales, fill_visits, night_of

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def serve(night: Night, **options: Any) -> Night:
    """Let the product's baseline serve."""
    model = models_of(night.product).fit_baseline(night)
    night.serving = Serving(model, model.recipe, None, promote=False, retrained=False, decision="test", **options)
    return night


def customers(database: Database, *, is_dry: bool = False, **options: Any) -> Night:
    night = night_of(database, Product.NEXT_VISIT, is_dry=is_dry, **options)
    extract_visits(night)
    prepare_visits(night)
    return serve(night)


def series(database: Database, *, is_dry: bool = False, **options: Any) -> Night:
    night = night_of(database, Product.SALES, is_dry=is_dry, **options)
    extract_sales(night)
    prepare_sales(night)
    return night


def rows_of(database: Database, table: sa.Table, *order: str) -> list[dict[str, Any]]:
    with database.read() as connection:
        query = sa.select(table).order_by(*(table.c[name] for name in order))
        return [dict(row) for row in connection.execute(query).mappings()]


def day(back: int) -> str:
    return str(AS_OF - datetime.timedelta(days=back))


VISITS = [
    ("00001", day(1), "2.5"),
    ("00001", day(8), "1.5"),
    ("00001", day(15), None),
    ("once", day(40), None),
    ("long gone", day(3000), "7"),
]


def test_every_customer_gets_a_row(database: Database) -> None:
    fill_visits(database, *VISITS)
    night = customers(database)
    written = score_customers(night)
    rows = {row["customer_id"]: row for row in rows_of(database, next_visit, "customer_id")}
    assert list(rows) == ["00001", "long gone", "once"]
    first = rows["00001"]
    assert first["last_visit_on"] == AS_OF - datetime.timedelta(days=1)
    assert (first["visit_days"], first["elapsed_days"], first["amount_total"]) == (3, 1, 4.0)
    assert (rows["once"]["elapsed_days"], rows["once"]["amount_total"]) == (40, None)
    assert written == 3 + 3 * 3 + 3
    assert night.facts["rows_written"] == written
    assert rows_of(database, forecast_run, "run_id")[0]["rows_written"] == written


def test_the_bins_of_a_customer_sum_to_one_and_agree_with_the_summary(database: Database) -> None:
    fill_visits(database, *VISITS)
    score_customers(customers(database))
    summary = {row["customer_id"]: row for row in rows_of(database, next_visit, "customer_id")}
    for customer, row in summary.items():
        bins = [one for one in rows_of(database, next_visit_bin, "bin") if one["customer_id"] == customer]
        assert [one["bin"] for one in bins] == [1, 2, 3]
        chances = [one["probability"] for one in bins]
        assert math.fsum(chances) == pytest.approx(1, abs=1e-9)
        assert min(chances) >= 0
        assert row["likely_bin"] == 1 + int(np.argmax(chances))
        assert row["likely_bin_probability"] == max(chances)
        assert row["return_probability"] == pytest.approx(sum(chances[:-1]))
        assert row["median_days_ahead"] is None or row["median_days"] in range(1, 15)
        assert (row["median_days_ahead"] is None) == (row["return_probability"] < 0.5)


def test_bins_are_told_with_their_days_and_dates(database: Database) -> None:
    fill_visits(database, *VISITS)
    night = customers(database, next_visit=NextVisitSettings(bin_edges_days=(7, 14)))
    score_customers(night)
    days = ("bin", "from_day", "to_day", "label", "from_date", "to_date")
    assert [tuple(row[name] for name in days) for row in rows_of(database, visit_bin, "bin")] == [
        (1, 1, 7, "1-7", AS_OF, datetime.date(2024, 6, 7)),
        (2, 8, 14, "8-14", datetime.date(2024, 6, 8), datetime.date(2024, 6, 14)),
        (3, 15, None, "later", datetime.date(2024, 6, 15), None),
    ]


SALES = [("weekly", day(back), str(10 + (AS_OF - datetime.timedelta(days=back)).weekday())) for back in range(1, 61)]
SALES += [("dead", day(back), "5") for back in range(200, 260)]
SALES += [("new", day(1), "3"), ("empty", "x", "3"), ("unknown", day(2), "x")]


def test_series_with_a_usable_row_get_all_their_steps(database: Database) -> None:
    fill_sales(database, *SALES)
    night = serve(series(database, sales_settings=SalesSettings(horizon=5)))
    written = score_series(night)
    steps = rows_of(database, sales_forecast, "series_id", "step")
    assert [(row["series_id"], row["step"]) for row in steps] == [
        (name, step) for name in ("dead", "new", "weekly") for step in range(1, 6)
    ]
    for row in steps:
        assert row["period"] == AS_OF + datetime.timedelta(days=row["step"] - 1)
        assert row["q025"] <= row["q10"] <= row["q50"] <= row["q90"] <= row["q975"]
    weekly = [row["mean"] for row in steps if row["series_id"] == "weekly"]
    assert weekly == [10 + (AS_OF + datetime.timedelta(days=ahead)).weekday() for ahead in range(5)]
    dead = [row for row in steps if row["series_id"] == "dead"]
    assert {row["mean"] for row in dead} == {row["q975"] for row in dead} == {0.0}
    assert {row["model"] for row in dead} == {"dead"}
    assert written == 15 + 5


def test_every_series_has_a_status_and_skipped_ones_no_forecast(database: Database) -> None:
    fill_sales(database, *SALES)
    score_series(serve(series(database)))
    rows = {row["series_id"]: row for row in rows_of(database, series_status, "series_id")}
    assert {name: row["status"] for name, row in rows.items()} == {
        "dead": "fallback",
        "empty": "skipped",
        "new": "fallback",
        "unknown": "skipped",
        "weekly": "forecast",
    }
    assert [rows[name]["model"] for name in ("dead", "empty", "weekly")] == ["dead", None, "seasonal_naive"]
    assert [rows[name]["reason"] is None for name in ("dead", "empty", "weekly")] == [False, False, True]
    assert [rows[name]["observations"] for name in ("dead", "empty", "new", "weekly")] == [60, 0, 1, 60]
    assert rows["weekly"]["last_period"] == AS_OF - datetime.timedelta(days=1)
    assert rows["unknown"]["last_period"] == AS_OF - datetime.timedelta(days=2)
    assert rows["empty"]["last_period"] is None
    forecast = {row["series_id"] for row in rows_of(database, sales_forecast, "series_id")}
    assert forecast == {"dead", "new", "weekly"}


@on_sqlite
def test_skill_is_told_of_the_series_that_the_serving_model_forecasts(database: Database) -> None:
    fill_sales(database, *SALES)
    night = series(database)
    skill = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    serve(night, record=SeriesRecord(skill, np.zeros(5)))
    score_series(night)
    found = {row["series_id"]: row["skill"] for row in rows_of(database, series_status, "series_id")}
    assert (found["weekly"], found["dead"], found["empty"]) == (0.5, None, None)


@on_sqlite
def test_the_last_period_of_a_series_from_before_1970(database: Database) -> None:
    days = [datetime.date(1959 + month // 12, month % 12 + 1, 1) for month in range(48)]
    fill_sales(database, *(("airline", str(one), "1") for one in days))
    score_series(serve(series(database, as_of=datetime.date(1963, 1, 1))))
    (row,) = rows_of(database, series_status, "series_id")
    assert row["last_period"] == datetime.date(1962, 12, 1)
    assert rows_of(database, sales_forecast, "step")[0]["period"] == datetime.date(1963, 1, 1)


def contents(database: Database, *tables: sa.Table) -> list[list[tuple[Any, ...]]]:
    return [
        [tuple(row.values()) for row in rows_of(database, table, *table.primary_key.columns.keys())] for table in tables
    ]


def test_repeating_a_score_leaves_no_duplicates(database: Database) -> None:
    fill_visits(database, *VISITS)
    fill_sales(database, *SALES)
    for night, score, tables in (
        (customers(database), score_customers, (next_visit, next_visit_bin, visit_bin)),
        (serve(series(database)), score_series, (sales_forecast, series_status)),
    ):
        first = score(night)
        before = contents(database, *tables)
        assert score(night) == first
        assert contents(database, *tables) == before


@on_sqlite
def test_batches_change_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_visits(database, *VISITS)
    fill_sales(database, *SALES)
    nights = [(customers(database), score_customers), (serve(series(database)), score_series)]
    tables = (next_visit, next_visit_bin, visit_bin, sales_forecast, series_status)
    for night, score in nights:
        score(night)
    whole = contents(database, *tables)
    monkeypatch.setattr(tasks.forecast, "BATCH_CUSTOMERS", 2)
    monkeypatch.setattr(tasks.forecast, "BATCH_SERIES", 2)
    shares: list[float] = []
    for night, score in nights:
        night.progress = shares.append
        score(night)
    assert contents(database, *tables) == whole
    assert shares == [0.0, 2 / 3, 1.0, 0.4, 0.8, 1.0]


@on_sqlite
def test_a_dry_run_counts_and_writes_nothing(database: Database) -> None:
    fill_visits(database, *VISITS)
    fill_sales(database, *SALES)
    dry = [score_customers(customers(database, is_dry=True)), score_series(serve(series(database, is_dry=True)))]
    tables = (forecast_run, next_visit, next_visit_bin, visit_bin, sales_forecast, series_status)
    assert contents(database, *tables) == [[]] * len(tables)
    assert dry == [score_customers(customers(database)), score_series(serve(series(database)))]


@on_sqlite
def test_a_run_that_was_declared_abandoned_appends_nothing(database: Database) -> None:
    fill_visits(database, *VISITS)
    night = customers(database)
    with database.write() as connection:
        connection.execute(sa.update(forecast_run).values(status="abandoned"))
    with pytest.raises(RunLostError):
        score_customers(night)
    assert contents(database, next_visit, visit_bin) == [[], []]


def test_from_the_source_to_the_report(database: Database) -> None:
    fill_visits(database, *VISITS, (None, day(1), "1"))
    night = customers(database)
    score_customers(night)
    publish(night)
    report = sa.table("rpt_customers_due", sa.column("customer_id"), sa.column("probability"), schema=database.schema)
    with database.read() as connection:
        found = connection.execute(sa.select(report)).all()
        run = connection.execute(sa.select(forecast_run)).one()
    assert {row.customer_id for row in found} == {"00001", "once", "long gone"}
    assert [row.probability for row in found] == sorted((row.probability for row in found), reverse=True)
    assert (run.status, run.rows_rejected, run.subjects, run.model_version) == ("published", 1, 3, None)
