"""The rows of sales as readers find them, forecast by seasonal naive."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from models.sales.settings import SalesSettings
from nightcast.values import Product
from sql.engine import Database
from sql.tables import QUANTILES, sales_forecast, series_status
from tasks.products import PRODUCTS
from tests.tasks.forecasts import SALES, series, written_to
from tests.tasks.nights import AS_OF, fill_sales

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def test_series_with_a_usable_row_get_all_their_steps(database: Database) -> None:
    fill_sales(database, *SALES)
    tonight = series(database, sales_settings=SalesSettings(horizon=5))
    totals = 3 * 4 + 9  # two weeks, a month and the horizon of each series, and these and five days of all
    assert PRODUCTS[Product.SALES].rows_to_write(tonight.night, tonight.prepared) == 15 + 5 + totals
    written = tonight.forecast()
    steps = written_to(database, sales_forecast, "series_id", "step")
    assert [(row["series_id"], row["step"]) for row in steps] == [
        (name, step) for name in ("dead", "new", "weekly") for step in range(1, 6)
    ]
    for row in steps:
        assert row["period"] == AS_OF + datetime.timedelta(days=row["step"] - 1)
        quantiles = [row[name] for name in QUANTILES]
        assert quantiles == sorted(quantiles)
    weekly = [row["mean"] for row in steps if row["series_id"] == "weekly"]
    assert weekly == [10 + (AS_OF + datetime.timedelta(days=ahead)).weekday() for ahead in range(5)]
    dead = [row for row in steps if row["series_id"] == "dead"]
    assert {row["mean"] for row in dead} == {row["q975"] for row in dead} == {0.0}
    assert {row["model"] for row in dead} == {"dead"}
    assert written == 15 + 5 + totals


def test_every_series_has_a_status_and_skipped_ones_no_forecast(database: Database) -> None:
    fill_sales(database, *SALES)
    series(database).forecast()
    rows = {row["series_id"]: row for row in written_to(database, series_status, "series_id")}
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
    forecast = {row["series_id"] for row in written_to(database, sales_forecast, "series_id")}
    assert forecast == {"dead", "new", "weekly"}


@on_sqlite
def test_skill_is_published_of_the_series_that_the_serving_model_forecasts(database: Database) -> None:
    fill_sales(database, *SALES)
    series(database, skill=np.array([0.1, 0.2, 0.3, 0.4, 0.5])).forecast()
    skill = {row["series_id"]: row["skill"] for row in written_to(database, series_status, "series_id")}
    assert (skill["weekly"], skill["dead"], skill["empty"]) == (0.5, None, None)


@on_sqlite
def test_the_last_period_of_a_series_from_before_1970(database: Database) -> None:
    days = [datetime.date(1959 + month // 12, month % 12 + 1, 1) for month in range(48)]
    fill_sales(database, *(("airline", str(one), "1") for one in days))
    series(database, as_of=datetime.date(1963, 1, 1)).forecast()
    (row,) = written_to(database, series_status, "series_id")
    assert row["last_period"] == datetime.date(1962, 12, 1)
    assert written_to(database, sales_forecast, "step")[0]["period"] == datetime.date(1963, 1, 1)
