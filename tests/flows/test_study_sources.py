"""Rows of the database for studies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flows.study_sources import StudyRows
from nightcast.errors import InputError
from nightcast.values import Product
from sql.engine import Database
from sql.settings import SalesSource
from studies.data import SeriesData, Visits
from studies.series.data import read
from studies.series.settings import Settings
from studies.study_file import read_study
from tasks.night import Night
from tests.tasks.nights import fill_sales, fill_visits, night_of

ROWS = [
    ("tea", "2024-01-01", "3"),
    ("tea", "2024-02-01", "5"),
    ("tea", "2024-02-01", "6"),
    ("tea", "2024-04-01", "7.5"),
    ("coffee", "2023-06-01", "1"),
    ("coffee", "2023-07-01", "2"),
    ("coffee", "2024-06-01", "99"),
    ("Tea, green", "2024-05-01", "8"),
    ("undated", "some day", "8"),
]


def series_of(database: Database, series_ids: dict[str, str], **source: Any) -> dict[str, SeriesData]:
    def night(product: Product) -> Night:
        return night_of(database, product, sales=SalesSource(**source))

    return StudyRows(night).series(series_ids)


def visits_of(database: Database) -> Visits:
    return StudyRows(lambda product: night_of(database, product)).visits()


def test_a_series_goes_from_its_first_row_to_its_last(database: Database) -> None:
    fill_sales(database, *ROWS)
    series = series_of(database, {"first": "tea", "second": "coffee"}, missing="unknown", duplicates="greatest")
    tea, coffee = series["first"], series["second"]
    np.testing.assert_array_equal(tea.values, [[3.0], [6.0], [np.nan], [7.5]])
    assert tea.names == ("first",)
    assert tea.periods is not None
    assert tea.periods.astype(str).tolist() == ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"]
    np.testing.assert_array_equal(coffee.values, [[1.0], [2.0]])


def test_absent_rows_and_duplicates_are_as_the_settings_say(database: Database) -> None:
    fill_sales(database, *ROWS)
    tea = series_of(database, {"tea": "tea"}, missing="zero", duplicates="sum")["tea"]
    np.testing.assert_array_equal(tea.values[:, 0], [3.0, 11.0, 0.0, 7.5])
    with pytest.raises(InputError, match="'tea'"):
        series_of(database, {"tea": "tea"}, missing="error", duplicates="mean")


@pytest.mark.parametrize(
    ("series_id", "named"),
    [
        ("te", "'te' among the 4 .*'tea'"),
        ("zzzzz", "'Tea, green', 'coffee', 'tea'"),
        ("undated", "'undated' has no usable row before 2024-06-01"),
    ],
)
def test_a_series_that_does_not_exist_is_refused(database: Database, series_id: str, named: str) -> None:
    fill_sales(database, *ROWS)
    with pytest.raises(InputError, match=named):
        series_of(database, {"series": series_id})


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_empty_source_is_refused(database: Database) -> None:
    fill_sales(database)
    with pytest.raises(InputError, match="no series"):
        series_of(database, {"series": "tea"})


def test_visits_of_one_day_stay_apart(database: Database) -> None:
    moments = ["2015-09-08 14:59:56", "2015-05-15 14:03:51", "2015-05-15 15:32:46", "2015-07-16 22:04:51"]
    fill_visits(database, *[("b", moment, None) for moment in moments], ("a", "2015-05-20", "3"), ("a", "never", "3"))
    visits = visits_of(database)
    assert visits.customer.tolist() == [0, 1, 1, 1, 1]
    assert visits.intervals.tolist() == [0, 62, 54]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_source_without_visits_is_refused(database: Database) -> None:
    fill_visits(database, ("a", "never", "3"))
    with pytest.raises(InputError, match="no usable visit before 2024-06-01"):
        visits_of(database)


SERIES = """
kind = "series"
name = "both"
[series.shop]
series_id = "tea"
[series.file]
file = "values.csv"
period = "month"
[[configurations]]
name = "one"
model = "persistence"
series = "shop"
"""


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_only_the_product_that_a_study_needs_is_opened(database: Database, tmp_path: Path) -> None:
    fill_sales(database, *ROWS)
    (tmp_path / "values.csv").write_text("month,value\n2020-01-01,1\n2020-02-01,2\n", encoding="utf-8")
    (tmp_path / "study.toml").write_text(SERIES, encoding="utf-8")
    settings = read_study(tmp_path / "study.toml").settings
    assert isinstance(settings, Settings)
    opened: list[Product] = []

    def night(product: Product) -> Night:
        opened.append(product)
        return night_of(database, product, sales=SalesSource(duplicates="greatest"))

    series = read(settings, tmp_path, StudyRows(night))
    assert opened == [Product.SALES]
    assert {name: each.values.ravel().tolist()[:2] for name, each in series.items()} == {
        "shop": [3.0, 6.0],
        "file": [1.0, 2.0],
    }
