"""Missing sources and columns are refused before anything is read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nightcast.errors import InputError, SettingsError
from nightcast.values import Product
from sql.engine import Database
from sql.settings import SalesColumns, SalesSource, VisitColumns, VisitSource
from tasks.check import check
from tasks.night import Night
from tasks.product import LocatedSource
from tasks.products import PRODUCTS
from tests.tasks.nights import fill_sales, fill_visits, night_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def checked(night: Night) -> LocatedSource:
    return check(night, PRODUCTS[night.product])


@pytest.mark.parametrize(
    ("product", "section"), [(Product.NEXT_VISIT, "source.visits"), (Product.SALES, "source.sales")]
)
def test_a_missing_source_is_refused(database: Database, product: Product, section: str) -> None:
    with pytest.raises(InputError, match=section.replace(".", r"\.")):
        checked(night_of(database, product))


def test_a_missing_column_is_refused(database: Database) -> None:
    fill_sales(database)
    assert [column.name for column in checked(night_of(database, Product.SALES)).columns] == [
        "series_id",
        "period",
        "value",
    ]
    with pytest.raises(InputError, match="shop"):
        checked(night_of(database, Product.SALES, sales=SalesSource(columns=SalesColumns(series_id="shop"))))


def test_the_amount_is_needed_where_the_settings_name_it(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE visits (customer_id, visited_at)")
    night = night_of(database, Product.NEXT_VISIT)
    assert [column.name for column in checked(night).columns] == ["customer_id", "visited_at"]
    named = VisitSource(columns=VisitColumns(amount="paid"))
    with pytest.raises(InputError, match="paid"):
        checked(night_of(database, Product.NEXT_VISIT, visits=named))


def test_a_store_that_could_never_be_written_to_is_refused(database: Database) -> None:
    fill_visits(database)
    night = night_of(database, Product.NEXT_VISIT)
    unknown = night.sections.model.model_copy(update={"store": "nowhere-at-all://models"})
    night.sections = replace(night.sections, model=unknown)
    with pytest.raises(SettingsError, match="store"):
        checked(night)
