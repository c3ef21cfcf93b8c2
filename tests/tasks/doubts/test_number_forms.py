"""Texts of a table such as 1.020, which programs read as decimals, and people may mean as thousands."""

from __future__ import annotations

import datetime

import pytest

from nightcast.errors import InputError
from nightcast.values import Product
from sql.engine import Database
from tests.tasks.nights import fill_sales, fill_visits, night_of, prepared_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def rows(*texts: str) -> list[tuple[str, str, str]]:
    days = [datetime.date(2024, 5, 31) - datetime.timedelta(days=back) for back in range(60)]
    return [("s", str(day), texts[place % len(texts)]) for place, day in enumerate(days)]


@pytest.mark.parametrize("texts", [("980", "1.020", "999"), ("1.020",), ("980", "1.020", "1.250,00", "999", "7", "8")])
def test_sales_that_can_be_read_in_two_ways_are_refused(database: Database, texts: tuple[str, ...]) -> None:
    fill_sales(database, *rows(*texts))
    with pytest.raises(InputError, match=r"'1.020' is 1020 .* and 1.02") as refused:
        prepared_of(night_of(database, Product.SALES))
    assert "CAST(REPLACE" in (refused.value.remedy or "")


@pytest.mark.parametrize("texts", [("980.5", "1.020", "999"), ("0.500", "1.020"), ("12", "7"), ("12.5", "7", "NULL")])
def test_sales_that_programs_wrote_are_read(database: Database, texts: tuple[str, ...]) -> None:
    fill_sales(database, *rows(*texts))
    night = night_of(database, Product.SALES)
    prepared_of(night)
    assert (night.notes, night.rejections.rows) == ([], 0)


def test_amounts_that_can_be_read_in_two_ways_are_pointed_out(database: Database) -> None:
    fill_visits(database, *rows("980", "1.020", "999"))
    night = night_of(database, Product.NEXT_VISIT)
    prepared_of(night)
    (note,) = night.notes
    assert "'1.020' is 1020" in note
