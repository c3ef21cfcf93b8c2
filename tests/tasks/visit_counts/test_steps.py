"""Forecasts of visits per day: what is published, beside what came a year ago and what is booked."""

from __future__ import annotations

import datetime

import pytest
import sqlalchemy as sa

from nightcast.values import Product
from sql.engine import Database
from sql.settings import VisitSource
from sql.tables import QUANTILES, series_status, visit_count_forecast
from tasks.products import PRODUCTS
from tests.tasks.nights import baseline_of, fill_visits, forecast_of, night_of, prepared_of, publish_forecast
from tests.tasks.reviews import later, prepared, published, scores
from tests.tasks.visit_counts.test_reading import BOOKED, fill_grouped

FIRST = datetime.date(2023, 4, 3)
"""A Monday."""


def regulars(weeks: int = 60) -> list[tuple[str, str, str | None]]:
    """One customer on Mondays, two on Tuesdays, ... five on Fridays, in the north; none at the weekend."""
    return [
        (f"c{number}", str(FIRST + datetime.timedelta(days=7 * week + weekday)), "north")
        for week in range(weeks)
        for weekday in range(5)
        for number in range(weekday + 1)
    ]


def test_days_without_visits_are_zero_and_bookings_are_the_least(database: Database) -> None:
    bookings = [(f"c{number}", str(later(9)), "fair") for number in range(7)]
    fill_grouped(database, *regulars(), *bookings)
    night = night_of(database, Product.VISIT_COUNTS, visits=BOOKED, is_dry=False)
    tonight = prepared_of(night)
    publish_forecast(night, tonight, baseline_of(night, tonight))
    rows = stored(database, "all")
    assert len(rows) == 28
    for row in rows:
        weekday = row.period.weekday()
        usual = weekday + 1 if weekday < 5 else 0
        assert row.booked == (7 if row.period == later(9) else 0)
        assert row.year_ago == usual
        assert row.mean == pytest.approx(max(usual, row.booked), abs=0.5)
        quantiles = [getattr(row, name) for name in QUANTILES]
        assert quantiles == sorted(quantiles)
        assert quantiles[0] >= row.booked
        assert quantiles[0] <= row.mean <= quantiles[-1]
    assert [row.mean for row in stored(database, "store=north")] != [row.mean for row in rows]
    assert stored(database, "store=fair") == []
    with database.read() as connection:
        statuses = connection.execute(sa.select(series_status.c.series_id, series_status.c.status)).all()
    assert {tuple(row) for row in statuses} == {
        ("all", "forecast"),
        ("store=fair", "skipped"),
        ("store=north", "forecast"),
    }


def test_without_bookings_and_a_year_the_columns_are_null(database: Database) -> None:
    fill_grouped(database, *regulars(weeks=60)[-200:])
    night = night_of(database, Product.VISIT_COUNTS, is_dry=False)
    tonight = prepared_of(night)
    written = forecast_of(night, tonight, baseline_of(night, tonight))
    assert written == PRODUCTS[Product.VISIT_COUNTS].rows_to_write(night, tonight)
    assert {(row.booked, row.year_ago) for row in stored(database, "all")} == {(None, None)}


def test_published_counts_are_reviewed(database: Database) -> None:
    fill_grouped(database, *regulars(weeks=70))
    first = published(database, Product.VISIT_COUNTS)
    assert prepared(database, Product.VISIT_COUNTS, later(28 + 3)).review() == 1
    assert scores(database, first)["series"] == (1, None)


def test_the_shape_changes_with_what_shapes_a_model(database: Database) -> None:
    fill_visits(database, ("a", "2024-05-01", None), ("b", "2024-05-02", None))
    steps = PRODUCTS[Product.VISIT_COUNTS]
    night, other = (
        night_of(database, Product.VISIT_COUNTS, timezone=zone, visits=VisitSource()) for zone in ("UTC", "Asia/Tokyo")
    )
    assert steps.shape(night, prepared_of(night)) == steps.shape(night, prepared_of(night))
    assert steps.shape(night, prepared_of(night)) != steps.shape(other, prepared_of(other))


def stored(database: Database, series: str) -> list[sa.Row[tuple[object, ...]]]:
    """The forecast of a series in the order of its days."""
    table = visit_count_forecast
    query = sa.select(table).where(table.c.series_id == series).order_by(table.c.step)
    with database.read() as connection:
        return list(connection.execute(query).all())
