"""The last step of a night: what fails is a note, since the forecast is published."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

import tasks.hindsight.look_back
from nightcast.errors import UnavailableError
from nightcast.values import Product
from sql.engine import Database
from sql.tables import forecast_change, forecast_score, product_trust, sales_actual, series_score
from tasks.hindsight.look_back import look_back
from tasks.products import PRODUCTS
from tests.tasks.nights import fill_sales
from tests.tasks.reviews import DUE, PreparedNight, later, prepared, published, sales

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def looked_back(night: PreparedNight) -> int:
    return look_back(night.night, PRODUCTS[night.night.product], night.prepared)


def filled(database: Database) -> set[str]:
    """The tables that have rows."""
    tables = (forecast_change, forecast_score, product_trust, sales_actual, series_score)
    with database.read() as connection:
        return {table.name for table in tables if connection.execute(sa.select(table).limit(1)).first()}


def test_everything_is_written(database: Database) -> None:
    fill_sales(database, *sales())
    published(database, Product.SALES)
    tonight = published(database, Product.SALES, later(DUE))
    assert looked_back(tonight) == 1
    assert filled(database) == {"forecast_change", "forecast_score", "product_trust", "sales_actual", "series_score"}
    assert tonight.night.notes == []


def test_what_fails_does_not_keep_the_rest_from_being_done(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise UnavailableError("The store has gone.", "Start it.")

    monkeypatch.setattr(tasks.hindsight.look_back, "keep_actuals", gone)
    monkeypatch.setattr(tasks.hindsight.look_back, "explain_changes", gone)
    fill_sales(database, *sales())
    published(database, Product.SALES)
    tonight = published(database, Product.SALES, later(DUE))
    assert looked_back(tonight) == 1
    assert filled(database) == {"forecast_score", "product_trust", "series_score"}
    first, second = tonight.night.notes
    assert first.startswith("what came could not be kept: The store has gone.")
    assert "not explained" in second


def test_a_dry_night_writes_nothing(database: Database) -> None:
    fill_sales(database, *sales())
    published(database, Product.SALES)
    assert looked_back(prepared(database, Product.SALES, later(DUE), is_dry=True)) == 0
    assert filled(database) == set()
