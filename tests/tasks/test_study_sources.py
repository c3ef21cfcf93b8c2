"""Series of the database as studies want them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.sales.settings import SalesSettings
from nightcast.errors import InputError
from nightcast.values import Product
from sql.engine import Database
from sql.settings import SalesSource
from tasks.night import Night
from tasks.study_sources import sales_series
from tests.tasks.nights import fill_sales, night_of

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
    return night_of(database, Product.SALES, sales=SalesSource(**source), sales_settings=SalesSettings(history=2))


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
