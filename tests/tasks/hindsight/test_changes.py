"""Why a forecast differs from the one before: three parts that add up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from nightcast.values import Product
from sql.engine import Database
from sql.tables import forecast_change, forecast_run, sales_forecast
from tasks.hindsight.changes import explain_changes
from tasks.hindsight.interface import Expected
from tasks.products import PRODUCTS
from tasks.sales.steps import SalesSteps
from tests.stored_visits import next_visit_bin
from tests.tasks.nights import fill_sales, fill_visits
from tests.tasks.reviews import PreparedNight, execute, later, published, sales, visits

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def explained(database: Database, tonight: PreparedNight) -> dict[str, Any]:
    """The changes of a night, by measure."""
    explain_changes(tonight.night, PRODUCTS[tonight.night.product], tonight.prepared)
    query = sa.select(forecast_change).where(forecast_change.c.run_id == tonight.run_id)
    with database.read() as connection:
        return {row.measure: row for row in connection.execute(query)}


def total_of(database: Database, run: PreparedNight, column: Any, *where: Any) -> float:
    query = sa.select(sa.func.sum(column)).where(column.table.c.run_id == run.run_id, *where)
    with database.read() as connection:
        return float(connection.execute(query).scalar_one())


def served_by(database: Database, night: PreparedNight, recipe: str) -> None:
    """Let another recipe have forecast a night."""
    mine = forecast_run.c.run_id == night.run_id
    execute(database, sa.update(forecast_run).where(mine).values(served=recipe))


def test_totals_of_sales(database: Database) -> None:
    fill_sales(database, *sales())
    first, tonight = published(database, Product.SALES), published(database, Product.SALES, later(1))
    assert explained(database, first) == {}
    change = explained(database, tonight)["total"]
    table = sales_forecast.c
    assert change.previous == pytest.approx(total_of(database, first, table.mean))
    assert change.present == pytest.approx(total_of(database, tonight, table.mean))
    left = total_of(database, first, table.mean, table.step == 1)
    entered = total_of(database, tonight, table.mean, table.step == 14)
    assert change.by_calendar == pytest.approx(entered - left)
    assert change.by_model == 0
    assert change.by_data == pytest.approx(change.present - change.previous - change.by_calendar)
    assert explained(database, tonight)["total"] == change


def test_customers_who_are_due(database: Database) -> None:
    fill_visits(database, *visits())
    first, tonight = published(database, Product.NEXT_VISIT), published(database, Product.NEXT_VISIT, later(2))
    changes = explained(database, tonight)
    table = next_visit_bin.c
    bins = [
        [total_of(database, one, table.probability, table.bin == number) for number in (1, 2)]
        for one in (first, tonight)
    ]
    (before, before_second), (now, now_second) = bins
    due, returning = changes["due"], changes["returning"]
    assert (due.previous, due.present) == pytest.approx((before, now))
    assert due.by_calendar == pytest.approx((now - before) * 2 / 7)  # two of seven days left, and two entered
    assert returning.previous == pytest.approx(before + before_second)
    assert returning.by_calendar == pytest.approx(now_second * 2 / 7 - before * 2 / 7)
    for change in changes.values():
        assert change.by_calendar + change.by_data + change.by_model == pytest.approx(change.present - change.previous)


@on_sqlite
def test_a_model_before_that_is_not_known_leaves_data_and_model_together(database: Database) -> None:
    fill_sales(database, *sales())
    first = published(database, Product.SALES)
    served_by(database, first, "other")
    change = explained(database, published(database, Product.SALES, later(1)))["total"]
    assert (change.by_data, change.by_model) == (None, None)
    assert change.by_calendar is not None


@on_sqlite
def test_the_baseline_before_forecasts_again(database: Database) -> None:
    fill_sales(database, *sales())
    first = published(database, Product.SALES)
    served_by(database, first, "seasonal_naive")
    tonight = published(database, Product.SALES, later(1))
    change = explained(database, tonight)["total"]
    again = (
        PRODUCTS[Product.SALES]
        .fit_baseline(tonight.night.sections, tonight.prepared)
        .forecast(tonight.prepared.known.panel)
    )
    table = sales_forecast.c
    common = total_of(database, tonight, table.mean, table.step < 14)
    assert change.by_model == pytest.approx(common - again.mean[:, :-1].sum())
    assert change.by_data + change.by_model + change.by_calendar == pytest.approx(change.present - change.previous)


@on_sqlite
def test_where_one_series_is_the_sum_it_alone_counts(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SalesSteps, "whole_series", "s3")
    fill_sales(database, *sales())
    first = published(database, Product.SALES)
    served_by(database, first, "seasonal_naive")
    tonight = published(database, Product.SALES, later(1))
    change = explained(database, tonight)["total"]
    table = sales_forecast.c
    assert change.present == pytest.approx(total_of(database, tonight, table.mean, table.series_id == "s3"))
    assert change.by_data + change.by_model + change.by_calendar == pytest.approx(change.present - change.previous)


def test_within_a_stretch_days_count_alike() -> None:
    expected = Expected(np.array([10, 17]), np.array([16, 23]), np.array([7.0, 14.0]))
    assert expected.within(10, 23) == pytest.approx(21)
    assert expected.within(12, 18) == pytest.approx(5 + 4)
    assert expected.within(24, 30) == 0
