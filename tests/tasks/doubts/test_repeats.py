"""Visits that are in the source twice are pointed out."""

from __future__ import annotations

import datetime

import pytest

from nightcast.values import Product
from sql.engine import Database
from tests.tasks.nights import fill_visits, night_of, prepared_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def notes_of(database: Database, times: int, every: int = 1) -> list[str]:
    """The notes of a night on 120 visits, of which one in `every` is in the source several times."""
    days = [datetime.date(2024, 5, 31) - datetime.timedelta(days=back) for back in range(120)]
    rows = [(f"c{place % 7}", str(day), f"{10 + place % 9}") for place, day in enumerate(days)]
    fill_visits(database, *rows, *(rows[::every] * (times - 1)))
    night = night_of(database, Product.NEXT_VISIT)
    prepared_of(night)
    return night.notes


@pytest.mark.parametrize("times", [2, 3])
def test_visits_that_were_loaded_again_are_pointed_out(database: Database, times: int) -> None:
    (note,) = notes_of(database, times)
    assert note.startswith("100% of the visits have a twin")


@pytest.mark.parametrize("every", [2, 120])
def test_some_equal_visits_of_a_day_are_usual(database: Database, every: int) -> None:
    assert notes_of(database, 2, every) == []
