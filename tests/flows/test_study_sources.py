"""Series of the database as studies want them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flows.study_sources import all_visits, sales_series
from nightcast.errors import InputError
from nightcast.values import Product
from sql.engine import Database
from sql.settings import SalesSource
from studies.study import read_study, study_data
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


def night(database: Database, **source: Any) -> Night:
    return night_of(database, Product.SALES, sales=SalesSource(**source))


def test_a_series_goes_from_its_first_row_to_its_last(database: Database) -> None:
    fill_sales(database, *ROWS)
    found = sales_series(night(database, missing="unknown"), {"first": "tea", "second": "coffee"})
    tea, coffee = found["first"], found["second"]
    np.testing.assert_array_equal(tea.values, [[3.0], [6.0], [np.nan], [7.5]])
    assert tea.names == ("first",)
    assert tea.periods is not None
    assert tea.periods.astype(str).tolist() == ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"]
    np.testing.assert_array_equal(coffee.values, [[1.0], [2.0]])


def test_absent_rows_and_duplicates_are_as_the_settings_say(database: Database) -> None:
    fill_sales(database, *ROWS)
    found = sales_series(night(database, missing="zero", duplicates="sum"), {"tea": "tea"})["tea"]
    np.testing.assert_array_equal(found.values[:, 0], [3.0, 11.0, 0.0, 7.5])
    with pytest.raises(InputError, match="It is the series 'tea'"):
        sales_series(night(database, missing="error"), {"tea": "tea"})


@pytest.mark.parametrize(
    ("series_id", "expected"),
    [
        ("te", "There is no series 'te' among the 4 of .*such as 'tea'"),
        ("zzzzz", "such as 'Tea, green', 'coffee', 'tea'"),
        ("undated", "'undated' has no usable row before 2024-06-01"),
    ],
)
def test_a_series_that_is_not_there_is_said(database: Database, series_id: str, expected: str) -> None:
    fill_sales(database, *ROWS)
    with pytest.raises(InputError, match=expected):
        sales_series(night(database), {"series": series_id})


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_an_empty_source_is_said(database: Database) -> None:
    fill_sales(database)
    with pytest.raises(InputError, match="such as none at all"):
        sales_series(night(database), {"series": "tea"})


def test_visits_of_one_day_stay_apart(database: Database) -> None:
    moments = ["2015-09-08 14:59:56", "2015-05-15 14:03:51", "2015-05-15 15:32:46", "2015-07-16 22:04:51"]
    fill_visits(database, *[("b", moment, None) for moment in moments], ("a", "2015-05-20", "3"), ("a", "never", "3"))
    visits = all_visits(night_of(database, Product.NEXT_VISIT))
    assert visits.customer.tolist() == [0, 1, 1, 1, 1]
    assert visits.intervals.tolist() == [0, 62, 54]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_source_without_visits_is_said(database: Database) -> None:
    fill_visits(database, ("a", "never", "3"))
    with pytest.raises(InputError, match="no usable visit before 2024-06-01"):
        all_visits(night_of(database, Product.NEXT_VISIT))


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

VISITS = """
kind = "intervals"
name = "mine"
[visits]
database = true
[[configurations]]
name = "usual"
model = "most_frequent_bin"
"""


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_files_and_the_database_go_together(database: Database, tmp_path: Path) -> None:
    fill_sales(database, *ROWS)
    (tmp_path / "values.csv").write_text("month,value\n2020-01-01,1\n2020-02-01,2\n", encoding="utf-8")
    (tmp_path / "study.toml").write_text(SERIES, encoding="utf-8")
    file = read_study(tmp_path / "study.toml")
    assert file.wants_database
    asked: list[Product] = []

    def night_for(product: Product) -> Night:
        asked.append(product)
        return night(database)

    data = study_data(file, night_for)
    assert asked == [Product.SALES]
    assert {name: series.values.ravel().tolist()[:2] for name, series in data.items()} == {
        "shop": [3.0, 6.0],
        "file": [1.0, 2.0],
    }


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_intervals_are_of_the_visits(database: Database, tmp_path: Path) -> None:
    fill_visits(database, ("b", "2024-01-01", None), ("b", "2024-01-09", None))
    (tmp_path / "study.toml").write_text(VISITS, encoding="utf-8")
    file = read_study(tmp_path / "study.toml")
    assert file.wants_database
    visits = study_data(file, lambda product: night_of(database, product))
    assert visits.intervals.tolist() == [8]
