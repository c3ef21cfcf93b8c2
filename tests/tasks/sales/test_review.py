"""Reviews of sales, against a reference that is slow, and of periods that are over or have changed."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
import sqlalchemy as sa

from models.sales.settings import SalesSettings
from nightcast.values import Product
from sql.engine import Database
from sql.settings import SalesSource
from sql.tables import QUANTILES, forecast_score, sales_forecast
from tests.tasks.nights import (
    fill_sales,
)
from tests.tasks.reviews import (
    DUE,
    HORIZON,
    execute,
    later,
    of_baseline,
    published,
    reviewed_parts,
    sales,
    scores,
)

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def test_sales_are_reviewed_as_a_slow_reference_does(database: Database) -> None:
    rows = sales()
    fill_sales(database, *rows)
    first = published(database, Product.SALES)
    assert published(database, Product.SALES, later(DUE)).review() == 1
    actual = {(series, day): float(value) for series, day, value in rows}
    with database.read() as connection:
        steps = connection.execute(sa.select(sales_forecast).where(sales_forecast.c.run_id == first.run_id)).all()
        whole = forecast_score.c.part == "all"
        kept = connection.execute(sa.select(forecast_score.c.scored_through).where(whole)).first()
    came = [actual[row.series_id, str(row.period)] for row in steps]
    total, names = sum(came), [name for name, share in QUANTILES.items() if 10 <= share <= 90]
    loss = sum(
        max(level * (value - quantile), (level - 1) * (value - quantile)) / 9
        for row, value in zip(steps, came, strict=True)
        for level, quantile in ((QUANTILES[name] / 100, getattr(row, name)) for name in names)
    )
    naive = of_baseline(first, sales_forecast, "series_id", "step", "q50")
    ours = sum(abs(row.q50 - value) for row, value in zip(steps, came, strict=True))
    theirs = sum(abs(naive[row.series_id, row.step] - value) for row, value in zip(steps, came, strict=True))
    figures = scores(database, first)
    assert figures["wape"] == pytest.approx((ours / total, theirs / total))
    assert figures["weighted_quantile_loss"][0] == pytest.approx(2 * loss / total)
    inside = [row.q10 <= value <= row.q90 for row, value in zip(steps, came, strict=True)]
    assert figures["coverage_80"][0] == pytest.approx(np.mean(inside))
    assert figures["series"] == (5, None)
    week = [(row, value) for row, value in zip(steps, came, strict=True) if row.step <= 7]
    errors = [abs(row.q50 - value) for row, value in week]
    assert scores(database, first, "1-7")["wape"][0] == pytest.approx(sum(errors) / sum(value for _, value in week))
    assert kept is not None
    assert kept.scored_through == later(HORIZON - 1)


@on_sqlite
def test_a_week_is_over_before_it_is_reviewed(database: Database) -> None:
    monday = datetime.date(2024, 1, 1)
    rows = [
        ("s", str(monday + datetime.timedelta(weeks=week)), str(5 + week % 3)) for week in range(60)
    ]  # labelled with the first day
    fill_sales(database, *rows)
    options = {"sales_settings": SalesSettings(horizon=2), "sales": SalesSource(frequency="W-MON")}
    as_of = datetime.date(2024, 6, 5)  # a Wednesday; step 2 ends on Sunday the 16th
    first = published(database, Product.SALES, as_of, **options)
    assert published(database, Product.SALES, datetime.date(2024, 6, 12), **options).review() == 0
    assert published(database, Product.SALES, datetime.date(2024, 6, 13), **options).review() == 1
    assert reviewed_parts(database, first) == {"1": datetime.date(2024, 6, 9)}
    assert published(database, Product.SALES, datetime.date(2024, 6, 24), **options).review() == 3
    assert set(reviewed_parts(database, first)) == {"1", "2", "all"}
    assert set(scores(database, first)) >= {"wape", "series"}


@on_sqlite
def test_a_forecast_of_other_periods_is_reviewed_once_and_has_no_scores(database: Database) -> None:
    fill_sales(database, *sales())
    first = published(database, Product.SALES)
    execute(database, sa.text("DELETE FROM sales"))
    monday = datetime.date(2024, 1, 1)
    fill_sales(database, *(("s1", str(monday + datetime.timedelta(weeks=week)), "5") for week in range(60)))
    options = {"sales_settings": SalesSettings(horizon=2), "sales": SalesSource(frequency="W-MON")}
    tonight = published(database, Product.SALES, later(DUE + 7), **options)
    assert tonight.review() == 1
    assert scores(database, first) == {"series": (0, None)}
    assert "W-MON" in tonight.night.notes[-1]
    assert tonight.review() == 0
