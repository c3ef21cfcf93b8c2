"""The generated shop: what it promises, and that it lands in the source tables."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest
import sqlalchemy as sa

from sql.engine import Database
from sql.settings import SalesColumns, SalesSource, SourceSettings, VisitSource
from tasks.upkeep.demo_shop.pattern import DAYS
from tasks.upkeep.demo_shop.sales import (
    DAYS_AHEAD,
    DEAD,
    DEAD_DAYS,
    INTERMITTENT,
    NEW,
    NEW_DAYS,
    SERIES,
    STORES,
)
from tasks.upkeep.demo_shop.shop import DemoShop, generate, write_shop
from tasks.upkeep.demo_shop.visits import BOOKING_DAYS, BOOKINGS, CUSTOMERS

THROUGH = datetime.date(2025, 3, 2)


@pytest.fixture(scope="module")
def shop() -> DemoShop:
    return generate(THROUGH, 1)


def day_before(days: int) -> pd.Timestamp:
    return pd.Timestamp(THROUGH) - pd.Timedelta(days=days)


def test_the_seed_decides(shop: DemoShop) -> None:
    again, other = generate(THROUGH, 1), generate(THROUGH, 2)
    assert again == shop
    assert not other.visits.equals(shop.visits)
    assert not other.sales.equals(shop.sales)
    assert not other.covariates.equals(shop.covariates)


def test_customers(shop: DemoShop) -> None:
    visits = shop.visits.to_pandas()
    days = visits["visited_at"].dt.normalize()
    per_customer = days.groupby(visits["customer_id"])
    last = per_customer.max()
    assert visits["customer_id"].nunique() == CUSTOMERS
    assert visits["customer_id"].str.fullmatch(r"C-\d{5}").all()
    assert (days.min(), days.max()) == (day_before(DAYS - 1), day_before(0))
    assert visits["visited_at"].dt.hour.between(8, 18).all()
    assert visits["visited_at"].is_monotonic_increasing
    assert 0.1 < (per_customer.nunique() == 1).mean() < 0.4  # one-time buyers
    assert (last < day_before(180)).mean() > 0.2  # churn
    assert (last > day_before(28)).mean() > 0.1
    assert 0.01 < visits["amount"].isna().mean() < 0.04
    assert visits["amount"].min() > 0


def test_visits_have_a_week_and_seasons(shop: DemoShop) -> None:
    visited_at = shop.visits.to_pandas()["visited_at"]
    weekday = visited_at.dt.dayofweek.value_counts()
    assert weekday[5] > 2 * weekday[1]
    months = visited_at[visited_at >= day_before(365)].dt.month.value_counts()
    assert months[[12, 1]].sum() > 1.1 * months[[6, 7]].sum()


def test_series(shop: DemoShop) -> None:
    sales = shop.sales.to_pandas().astype({"period": "datetime64[ns]"})
    first, last, rows = (sales.groupby("series_id")["period"].agg(name) for name in ("min", "max", "size"))
    assert len(SERIES) == 40
    assert sorted(first.index) == sorted(SERIES)
    assert not sales.duplicated(["series_id", "period"]).any()
    assert (sales["value"] >= 0).all()
    assert day_before(DEAD_DAYS + 20) < last[DEAD] <= day_before(DEAD_DAYS)
    assert first[NEW] >= day_before(NEW_DAYS - 1)
    assert rows[NEW] > NEW_DAYS - 5
    sundays = sales[sales["period"].dt.dayofweek == 6].groupby("series_id").size()
    assert set(SERIES) - set(sundays.index) == {name for name in SERIES if name.startswith(("deli/", "gifts/"))}
    steady = [name for name in sundays.index if name not in (DEAD, NEW) and not name.startswith(INTERMITTENT)]
    assert rows[steady].between(DAYS - 40, DAYS).all()
    assert (rows[steady] < DAYS).mean() > 0.8  # gaps
    seldom = [name for name in SERIES if name.startswith(INTERMITTENT)]
    assert (rows[seldom] < DAYS / 2).all()


def test_promotions_lift_sales_and_are_known_ahead(shop: DemoShop) -> None:
    promotions = shop.covariates.to_pandas()
    assert set(promotions["name"]) == {"promotion"}
    assert set(promotions["value"]) == {0.0, 1.0}
    assert promotions["period"].max() == THROUGH + datetime.timedelta(days=DAYS_AHEAD)
    assert promotions.loc[promotions["period"] > THROUGH, "value"].sum() > 0
    both = shop.sales.to_pandas().merge(promotions, on=["series_id", "period"], suffixes=("", "_promotion"))
    means = both.pivot_table(index="series_id", columns="value_promotion", values="value")
    assert (means[1.0] / means[0.0]).median() > 1.2


def test_each_category_has_its_store_and_customers_visit_both(shop: DemoShop) -> None:
    sales, visits = shop.sales.to_pandas(), shop.visits.to_pandas()
    assert (sales["series_id"].str.partition("/")[0] == sales["category"]).all()
    assert {store: tuple(sorted(rows.unique())) for store, rows in sales.groupby("store")["category"]} == STORES
    shares = pd.crosstab(visits["customer_id"], visits["store"], normalize="index")
    assert set(shares.columns) == set(STORES)
    assert 0.3 < (shares["station"] > 0.5).mean() < 0.5
    assert ((shares > 0).all(axis=1)).mean() > 0.4


def test_bookings_are_of_customers_and_ahead(shop: DemoShop) -> None:
    bookings = shop.bookings.to_pandas()
    assert list(bookings.columns) == shop.visits.column_names
    assert bookings["customer_id"].nunique() == BOOKINGS
    assert set(bookings["customer_id"]) <= set(shop.visits.to_pandas()["customer_id"])
    days = (bookings["visited_at"].dt.normalize() - pd.Timestamp(THROUGH)).dt.days
    assert days.between(2, BOOKING_DAYS).all()


@pytest.mark.parametrize("through", [datetime.date(2024, 2, 29), datetime.date(2030, 12, 31)])
def test_any_last_day_will_do(through: datetime.date) -> None:
    shop = generate(through, 0)
    assert shop.visits.to_pandas()["visited_at"].max().date() == through
    assert shop.sales.to_pandas()["period"].max() == through


def test_the_shop_fills_the_source_tables(database: Database, shop: DemoShop) -> None:
    sources = SourceSettings(
        visits=VisitSource(timezone="Europe/Zurich"),
        sales=SalesSource(table="shop sales", columns=SalesColumns(series_id="product")),
    )
    write_shop(database, shop, sources)
    visits, sales = sa.table("visits", sa.column("visited_at")), sa.table("shop sales", sa.column("value"))
    with database.read() as connection:
        total = connection.execute(sa.select(sa.func.sum(sales.c.value))).scalar_one()
        first, last = connection.execute(
            sa.select(sa.func.min(visits.c.visited_at), sa.func.max(visits.c.visited_at))
        ).one()
        counts = [
            connection.execute(sa.select(sa.func.count()).select_from(sa.table(name))).scalar_one()
            for name in ("visits", "shop sales", "sales_covariates")
        ]
    assert counts == [shop.visits.num_rows, shop.sales.num_rows, shop.covariates.num_rows]
    assert total == pytest.approx(shop.sales["value"].to_numpy().sum())
    assert (str(first), str(last)) == tuple(str(shop.visits["visited_at"][row].as_py()) for row in (0, -1))
