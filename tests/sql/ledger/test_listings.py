"""The listings that people ask for: plain values, in the order in which they are wanted."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from nightcast.rejections import Rejections
from nightcast.values import Evaluation, Product, to_day
from sql import tables
from sql.engine import Database
from sql.ledger import listings
from sql.ledger import runs as ledger
from sql.ledger.model_versions import ModelVersion, add_version, promote
from sql.tables import QUANTILES
from tests.stored_visits import stored_row

AS_OF = datetime.date(2024, 5, 1)
BINS = [(1, 1, 7, "1-7"), (2, 8, None, "later")]


def insert(database: Database, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    with database.write() as connection:
        connection.execute(sa.insert(table), rows)


def begin(database: Database, product: Product, as_of: datetime.date = AS_OF) -> ledger.Run:
    return ledger.begin(database, product, as_of, trigger="test", flow_run_id=None, settings={})


def publish_visits(database: Database, chances: dict[str, float], as_of: datetime.date = AS_OF) -> ledger.Run:
    run = begin(database, Product.NEXT_VISIT, as_of)
    bins = [
        {"bin": number, "from_day": first, "to_day": last, "label": label, "from_date": as_of, "to_date": None}
        for number, first, last, label in BINS
    ]
    customers = [stored_row(run, customer, [chance], elapsed_days=3) for customer, chance in chances.items()]
    insert(database, tables.visit_bin, [row | {"run_id": run.run_id} for row in bins])
    insert(database, tables.next_visit_stored, customers)
    ledger.publish(database, run, None, {"subjects": len(chances), "retrained": True, "data_through": AS_OF})
    return run


def publish_sales(database: Database, totals: dict[str, float | None]) -> ledger.Run:
    run = begin(database, Product.SALES)
    steps = [
        {"series_id": series, "step": step, "period": AS_OF + datetime.timedelta(days=step - 1), "model": "lstm"}
        | dict.fromkeys(("mean", *QUANTILES), total / 2)
        for series, total in totals.items()
        if total is not None
        for step in (2, 1)
    ]
    status = [
        {"series_id": series, "status": "skipped" if total is None else "forecast", "observations": 9}
        for series, total in totals.items()
    ]
    insert(database, tables.sales_forecast, [row | {"run_id": run.run_id} for row in steps])
    insert(database, tables.series_status, [row | {"run_id": run.run_id} for row in status])
    ledger.publish(database, run, None, {})
    return run


def test_an_empty_database_has_empty_listings(database: Database) -> None:
    for listing in (listings.runs, listings.customers_due, listings.sales_outlook, listings.accuracy, listings.models):
        assert list(listing(database, 10)) == []
    assert list(listings.rejected(database, None)) == []


def test_runs_come_newest_first(database: Database) -> None:
    first = publish_visits(database, {"a": 0.5})
    second = publish_sales(database, {"s": 1.0})
    third = begin(database, Product.NEXT_VISIT)
    rows = list(listings.runs(database, None))
    assert [row["run_id"] for row in rows] == [third.run_id, second.run_id, first.run_id]
    assert [row["status"] for row in rows] == ["running", "published", "published"]
    assert (rows[2]["as_of"], rows[2]["retrained"], rows[2]["data_through"]) == (AS_OF, True, AS_OF)
    assert rows[2]["started_at"].tzinfo is datetime.UTC
    assert [row["run_id"] for row in listings.runs(database, 1)] == [third.run_id]
    assert [row["run_id"] for row in listings.runs(database, None, Product.SALES)] == [second.run_id]


def test_customers_come_likeliest_first_with_their_bins(database: Database) -> None:
    publish_visits(database, {"b": 0.25, "a": 0.25, "00001": 0.75})
    rows = list(listings.customers_due(database, None))
    assert [row["customer_id"] for row in rows] == ["00001", "a", "b"]
    assert rows[0] == {
        "customer_id": "00001",
        "state": None,
        "last_visit_on": AS_OF - datetime.timedelta(days=3),
        "elapsed_days": 3,
        "overdue_days": None,
        "visit_days": 4,
        "median_days_ahead": None,
        "date_10": None,
        "date_50": None,
        "date_90": None,
        "days 1-7": 0.75,
        "later": 0.25,
        "as_of": AS_OF,
    }
    assert list(rows[0])[-3:] == ["days 1-7", "later", "as_of"]
    assert [row["customer_id"] for row in listings.customers_due(database, 1)] == ["00001"]
    assert [row["customer_id"] for row in listings.customers_due(database, None, "b")] == ["b"]
    assert list(listings.customers_due(database, None, "b' OR '1'='1")) == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_more_customers_than_one_question_takes(database: Database) -> None:
    publish_visits(database, {f"{number:04}": 0.5 for number in range(2_100)})
    rows = list(listings.customers_due(database, None))
    assert [row["customer_id"] for row in rows] == [f"{number:04}" for number in range(2_100)]
    assert all(row["days 1-7"] == row["later"] == 0.5 for row in rows)


def test_only_the_latest_night_is_shown(database: Database) -> None:
    publish_visits(database, {"old": 0.5})
    publish_visits(database, {"new": 0.5})
    publish_visits(database, {"backfill": 0.5}, AS_OF - datetime.timedelta(days=9))
    assert [row["customer_id"] for row in listings.customers_due(database, None)] == ["new"]


def test_series_come_largest_first_and_one_series_step_by_step(database: Database) -> None:
    publish_sales(database, {"small": 1.0, "none": None, "large": 4.0})
    rows = list(listings.sales_outlook(database, None))
    assert [(row["series_id"], row["total_mean"]) for row in rows] == [("large", 4.0), ("small", 1.0), ("none", None)]
    assert (rows[0]["next_period"], rows[0]["next_mean"], rows[0]["steps"]) == (AS_OF, 2.0, 2)
    assert (rows[2]["status"], rows[2]["next_period"], rows[2]["steps"]) == ("skipped", None, None)
    steps = list(listings.sales_outlook(database, None, "large"))
    assert [(row["step"], row["mean"]) for row in steps] == [(1, 2.0), (2, 2.0)]
    assert [row["period"] for row in steps] == [AS_OF, AS_OF + datetime.timedelta(days=1)]
    assert list(listings.sales_outlook(database, None, "nobody")) == []


def add_model(database: Database, name: str, status: str, value: float) -> None:
    version = ModelVersion(
        name, Product.SALES, status, AS_OF, None, None, {"recipe": "lstm"}, {"wape": value, "x": 1.0}
    )
    add_version(database, version, [Evaluation(to_day(AS_OF), "all", "wape", value, "seasonal_naive", 0.5)])


def test_accuracy_is_of_what_was_published_and_then_of_the_backtest(database: Database) -> None:
    add_model(database, "loser", "rejected", 0.9)
    add_model(database, "winner", "challenger", 0.25)
    with database.write() as connection:
        promote(connection, Product.SALES, "winner", datetime.date(2026, 1, 1))
    (row,) = list(listings.accuracy(database, None))
    assert (row["model_version"], row["metric"], row["value"], row["baseline_value"]) == ("winner", "wape", 0.25, 0.5)
    run = publish_sales(database, {"s": 1.0})
    score = {"run_id": run.run_id, "product": "sales", "as_of": AS_OF, "scored_through": AS_OF, "metric": "wape"}
    score |= {"part": "all", "is_backfill": False}
    insert(database, tables.forecast_score, [score | {"value": 0.4, "baseline_value": 0.5}])
    insert(database, tables.forecast_score, [score | {"metric": "zero", "value": 0.4, "baseline_value": 0.0}])
    first, second, third = list(listings.accuracy(database, None, Product.SALES))
    assert [row["measured"] for row in (first, second, third)] == ["review", "review", "evaluation"]
    assert list(first) == list(third)
    assert [row["measured"] for row in listings.accuracy(database, 2, Product.SALES)] == ["review", "review"]
    assert (first["metric"], first["value"], first["as_of"]) == ("wape", 0.4, AS_OF)
    assert first["skill"] == pytest.approx(0.2)
    assert second["skill"] is None
    assert third["model_version"] == "winner"
    assert list(listings.accuracy(database, None, Product.NEXT_VISIT)) == []


def test_models_tell_their_recipe_and_score(database: Database) -> None:
    add_model(database, "first", "retired", 0.25)
    add_model(database, "second", "champion", 0.125)
    rows = list(listings.models(database, None))
    assert [row["model_version"] for row in rows] == ["second", "first"]
    assert (rows[1]["recipe"], rows[1]["score"], rows[1]["status"]) == ("lstm", "wape 0.250", "retired")
    assert rows[1]["metrics"] == {"wape": 0.25, "x": 1.0}
    assert list(listings.models(database, None, Product.NEXT_VISIT)) == []


def test_rejections_of_runs_and_loads_stand_together(database: Database) -> None:
    run, tally = begin(database, Product.SALES), Rejections()
    tally.add("sales", "after the clock", 2, "period 2030-01-01")
    tally.add("sales", "no series", 5, "series null")
    load = {"load_id": "l", "source": "visits", "file_name": "visits.csv", "sha256": "0", "rows": 9}
    load |= {"rows_known": 0, "rows_rejected": 1}
    insert(database, tables.source_load, [load | {"loaded_at": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)}])
    of_load = Rejections()
    of_load.add("visits", "no customer", 1, "line 3")
    with database.write() as connection:
        ledger.record_rejections(connection, tally, run_id=run.run_id)
        ledger.record_rejections(connection, of_load, load_id="l")
    rows = list(listings.rejected(database, None))
    assert [(row["rejected_by"], row["file_name"], row["reason"], row["rows"]) for row in rows] == [
        ("run", None, "no series", 5),
        ("run", None, "after the clock", 2),
        ("load", "visits.csv", "no customer", 1),
    ]
    assert rows[2]["rejected_at"] == datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    assert len(list(listings.rejected(database, 1))) == 1
