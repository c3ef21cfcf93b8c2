"""Covariates of visits per day: whose rows they are beside sales, and what the night says and writes."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.visit_counts.settings import VisitCountSettings
from nightcast.values import Product
from sql.engine import Database
from sql.settings import SalesSource, VisitSource
from tasks.night import Night, Prepared
from tasks.products import PRODUCTS
from tests.tasks.nights import AS_OF, choice_of, fill_sales, forecast_of, night_of, prepared_of, rejected
from tests.tasks.sales.test_covariates import fill
from tests.tasks.visit_counts.test_reading import fill_grouped
from tests.tasks.visit_counts.test_steps import FIRST, stored

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])

STORES = VisitSource(groups=("store",))
STEPS = PRODUCTS[Product.VISIT_COUNTS]


def day(back: int) -> str:
    return str(AS_OF - datetime.timedelta(days=back))


def two_stores(days: int = 30) -> list[tuple[str, str, str | None]]:
    """A customer of the north and one of the south on each day, and now and then one without a store."""
    visits: list[tuple[str, str, str | None]] = [("a", day(back), "north") for back in range(days, 0, -1)]
    visits += [("b", day(back), "south") for back in range(days, 0, -1)]
    return [*visits, ("c", day(days), None)]


def tonight(database: Database, *rows: tuple[Any, ...], **options: Any) -> tuple[Night, Prepared[Any]]:
    """A night over two stores, with these rows of covariates."""
    fill_grouped(database, *two_stores())
    fill(database, *rows)
    night = night_of(
        database, Product.VISIT_COUNTS, visits=STORES, visit_counts=VisitCountSettings(horizon=3), **options
    )
    return night, prepared_of(night)


def known(prepared: Prepared[Any], name: str) -> dict[str, list[float]]:
    """The values of each series of the last two days and the three ahead; NaN where unknown."""
    panel = prepared.known.panel
    assert panel.covariates is not None
    series = np.arange(panel.series_count)
    window = panel.covariates.window(series, np.full(len(series), panel.length), 2, 3)
    values = window[:, :, panel.covariates.names.index(name)].tolist()
    return dict(zip(prepared.ids.to_pylist(), values, strict=True))


def same(found: Sequence[float], *expected: float) -> bool:
    return bool(np.array_equal(found, expected, equal_nan=True))


def test_a_shop_without_sales_has_covariates_of_all_and_of_one_series(database: Database) -> None:
    night, prepared = tonight(
        database,
        (None, day(1), "fair", "1"),
        (None, day(-2), "fair", "1"),
        ("store=north", day(0), "closed early", "1"),
        ("store unknown", day(1), "closed early", "1"),
        ("all", day(-1), "queue", "2.5"),
        ("all", day(1), "queue", "1.5"),
        ("store=west", day(1), "fair", "1"),
        ("bread", day(1), "fair", "1"),
    )
    assert {tuple(values) for values in known(prepared, "fair").values()} == {(0, 1, 0, 0, 1)}
    early = known(prepared, "closed early")
    assert same(early["store=north"], 0, 0, 1, np.nan, np.nan)
    assert same(early["store unknown"], 0, 1, 0, np.nan, np.nan)
    assert same(early["all"], 0, 0, 0, np.nan, np.nan)
    assert same(known(prepared, "queue")["all"], np.nan, 1.5, np.nan, 2.5, np.nan)
    assert rejected(night, "covariates") == {"a series without visits": 2}
    assert night.notes == []


@on_sqlite
def test_beside_sales_each_product_has_its_own_rows(database: Database) -> None:
    fill_sales(database, *((name, day(back), "1") for name in ("bread", "all") for back in range(30, 0, -1)))
    rows = (
        (None, day(-1), "fair", "1"),
        ("bread", day(1), "promotion", "1"),
        ("cake", day(1), "promotion", "1"),
        ("all", day(1), "promotion", "1"),
        ("store=north", day(1), "fair", "1"),
        ("store=west", day(1), "fair", "1"),
    )
    night, prepared = tonight(database, *rows)
    assert prepared.known.panel.covariates.names == ("fair",)
    assert same(known(prepared, "fair")["store=north"], 0, 1, 0, 1, np.nan)
    assert rejected(night, "covariates") == {"a series without visits": 1}
    assert night.notes == ["covariates of the series 'all' belong to the sales of that name, and not to visits per day"]
    sales = night_of(database, Product.SALES, visits=STORES)
    covariates = prepared_of(sales).known.panel.covariates
    assert covariates is not None
    assert set(covariates.names) == {"promotion", "fair"}
    assert rejected(sales, "covariates") == {"a series without sales": 1}


@on_sqlite
@pytest.mark.parametrize("frequency", ["auto", "MS"])
def test_rows_of_months_do_not_count_for_a_day(database: Database, frequency: Any) -> None:
    months = [str(datetime.date(2023, month, 1)) for month in range(1, 13)]
    fill_sales(database, *(("bread", month, "1") for month in months))
    rows = ((None, "2024-05-01", "price", "2"), ("all", day(1), "fair", "1"))
    night, prepared = tonight(database, *rows, sales=SalesSource(frequency=frequency))
    assert prepared.known.panel.covariates.names == ("fair",)
    assert [note for note in night.notes if "no days" in note] == [
        "1 rows of covariates without a series are dated by the periods of the sales, which are no days, and do not "
        "count for visits per day"
    ]


@on_sqlite
def test_what_is_unknown_ahead_and_of_no_series_is_said(database: Database) -> None:
    night, _ = tonight(database, (None, day(3), "weather", "20.5"), *(("x", day(n), "fair", "1") for n in (1, 2)))
    assert night.notes == [
        "2 of 3 rows of covariates belong to series without visits, and count nowhere; a series of visits per day is "
        "'all', or a value such as 'store=north' of a column of groups",
        "covariates without a value after the last visits are unknown ahead: 'weather'",
    ]


@on_sqlite
def test_a_past_night_knows_covariates_as_far_ahead_as_tonight(database: Database) -> None:
    """Tonight knows the next day only."""
    night, prepared = tonight(database, (None, day(-1), "fair", "1"), as_of=AS_OF - datetime.timedelta(days=3))
    assert night.question.as_of < AS_OF
    reach = prepared.known.panel.covariates.shared_reach
    assert reach.tolist() == [2]  # the rows of three days are there already, and the plan reaches two beyond these


def fair(place: int) -> bool:
    """Twice in each three weeks, on changing weekdays."""
    return place % 21 in (3, 12)


def shop_of_fairs(days: int) -> list[tuple[str, str, str | None]]:
    """Five customers a day, and fifteen at a fair; no store."""
    return [
        (f"c{number}", str(FIRST + datetime.timedelta(days=place)), None)
        for place in range(days)
        for number in range(15 if fair(place) else 5)
    ]


@on_sqlite
def test_a_fair_that_is_known_ahead_is_expected_and_shapes_the_model(database: Database, tmp_path: Path) -> None:
    length = (AS_OF - FIRST).days
    fill_grouped(database, *shop_of_fairs(length))
    places = [place for place in range(length + 28) if fair(place)]
    fill(database, *((None, str(FIRST + datetime.timedelta(days=place)), "fair", "1") for place in places))
    settings = VisitCountSettings(recipes=("effects",))
    night = night_of(database, Product.VISIT_COUNTS, visit_counts=settings, is_dry=False)
    prepared = prepared_of(night)
    model = STEPS.select(night.sections, prepared, None, None, lambda share: None).model
    model.save(tmp_path)
    assert forecast_of(night, prepared, choice_of(STEPS.load(tmp_path)))
    fairs = [fair(length + step) for step in range(28)]
    rows = stored(database, "all")
    assert [row.mean > 12 for row in rows] == fairs
    assert [row.mean < 8 for row in rows] == [not is_fair for is_fair in fairs]
    assert [row.known_effect > 5 for row in rows] == fairs
    assert STEPS.shape(night, prepared)["covariates"] == ["fair"]


@on_sqlite
def test_a_recipe_that_reads_covariates_takes_part_where_there_are_any(database: Database) -> None:
    night, prepared = tonight(database, (None, day(-1), "fair", "1"))
    assert "effects" in STEPS.settings_for(night.sections, prepared).recipes
    assert "effects" not in STEPS.model_settings(night.sections).recipes


@on_sqlite
def test_where_all_covariates_are_of_articles_there_are_none(database: Database) -> None:
    fill_sales(database, *(("bread", day(back), "1") for back in range(30, 0, -1)))
    night, prepared = tonight(database, ("bread", day(1), "promotion", "1"))
    assert prepared.known.panel.covariates.names == ()
    assert STEPS.settings_for(night.sections, prepared) == STEPS.model_settings(night.sections)
    assert night.notes == []
    assert rejected(night) == {}
