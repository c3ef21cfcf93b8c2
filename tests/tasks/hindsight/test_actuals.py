"""What came is kept for the periods that were forecast, and only what is new or has changed is written."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from nightcast.values import Product
from sql.engine import Database
from sql.tables import forecast_run, sales_actual, sales_forecast
from tasks.hindsight.actuals import keep_actuals
from tasks.products import PRODUCTS
from tasks.sales.steps import SalesSteps
from tests.tasks.nights import fill_sales
from tests.tasks.reviews import PreparedNight, execute, later, published, sales

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def keep(night: PreparedNight) -> None:
    keep_actuals(night.night, PRODUCTS[night.night.product], night.prepared)


def actuals(database: Database) -> dict[tuple[str, datetime.date], Any]:
    """The rows, by series and period."""
    with database.read() as connection:
        return {(row.series_id, row.period): row for row in connection.execute(sa.select(sales_actual))}


def values(database: Database) -> dict[tuple[str, str], float | None]:
    return {(series, str(period)): row.value for (series, period), row in actuals(database).items()}


def in_source(through: int) -> dict[tuple[str, str], float]:
    """The rows from the first as-of through the day before the later one."""
    rows = sales()
    first, last = str(later(0)), str(later(through - 1))
    return {(series, day): float(value) for series, day, value in rows if first <= day <= last}


def test_what_came_is_kept_from_the_first_forecast_on(database: Database) -> None:
    fill_sales(database, *sales())
    keep(published(database, Product.SALES))
    assert actuals(database) == {}
    keep(published(database, Product.SALES, later(3)))
    assert values(database) == in_source(3)
    before = actuals(database)
    keep(published(database, Product.SALES, later(5)))
    assert values(database) == in_source(5)
    assert all(actuals(database)[key] == row for key, row in before.items())


def test_late_and_corrected_and_removed_rows_change_what_is_kept(database: Database) -> None:
    fill_sales(database, *(row for row in sales() if row[:2] != ("s2", str(later(1)))))
    published(database, Product.SALES)
    keep(published(database, Product.SALES, later(3)))
    before = actuals(database)
    fill_sales(database, ("s2", str(later(1)), "7"))
    execute(
        database,
        sa.text("UPDATE sales SET value = '99' WHERE series_id = 's1' AND period = :day").bindparams(day=str(later(2))),
    )
    execute(
        database,
        sa.text("UPDATE sales SET value = '' WHERE series_id = 's3' AND period = :day").bindparams(day=str(later(2))),
    )
    keep(published(database, Product.SALES, later(4)))
    after = actuals(database)
    assert after["s2", later(1)].value == 7
    assert (after["s1", later(2)].value, after["s3", later(2)].value) == (99, None)
    changed = {key for key, row in after.items() if row.changed_at is not None}
    assert {("s1", later(2)), ("s3", later(2))} <= changed <= {("s1", later(2)), ("s3", later(2)), ("s2", later(1))}
    assert all(after[key] == row for key, row in before.items() if key not in changed)
    assert all(after[key].first_seen_at == before[key].first_seen_at for key in changed)


def test_a_series_that_has_gone_keeps_its_values(database: Database) -> None:
    fill_sales(database, *sales())
    published(database, Product.SALES)
    keep(published(database, Product.SALES, later(3)))
    execute(database, sa.text("DELETE FROM sales WHERE series_id = 's1'"))
    keep(published(database, Product.SALES, later(4)))
    assert sum(series == "s1" for series, _ in values(database)) == 3


@on_sqlite
def test_a_night_of_an_earlier_as_of_changes_nothing(database: Database) -> None:
    fill_sales(database, *sales())
    published(database, Product.SALES)
    keep(published(database, Product.SALES, later(6)))
    before = actuals(database)
    execute(database, sa.text("UPDATE sales SET value = '1'"))
    keep(published(database, Product.SALES, later(3)))
    assert actuals(database) == before


@on_sqlite
def test_what_no_stored_run_forecasts_is_removed(database: Database) -> None:
    fill_sales(database, *sales())
    first = published(database, Product.SALES)
    published(database, Product.SALES, later(2))
    keep(published(database, Product.SALES, later(6)))
    execute(database, sa.delete(sales_forecast).where(sales_forecast.c.run_id == first.run_id))
    keep(published(database, Product.SALES, later(7)))
    assert min(day for _, day in values(database)) == str(later(2))
    execute(database, sa.update(forecast_run).where(forecast_run.c.as_of == later(2)).values(status="withdrawn"))
    keep(published(database, Product.SALES, later(8)))
    assert min(day for _, day in values(database)) == str(later(6))


@on_sqlite
def test_a_product_may_keep_days_from_before_its_first_forecast(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SalesSteps, "actual_days", 30)
    fill_sales(database, *sales())
    keep(published(database, Product.SALES))
    days = {day for _, day in values(database)}
    assert (min(days), max(days), len(days)) == (str(later(-30)), str(later(-1)), 30)


@on_sqlite
def test_a_source_that_is_behind_has_no_zeros_yet(database: Database) -> None:
    fill_sales(database, *(row for row in sales() if row[1] < str(later(2))))
    published(database, Product.SALES)
    keep(published(database, Product.SALES, later(5)))
    assert values(database) == in_source(2)
