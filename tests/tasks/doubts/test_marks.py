"""Numbers among sales and amounts that may stand for "unknown": pointed out, and unknown if the settings say so."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from nightcast.values import Product
from sql.engine import Database
from sql.settings import SalesSource, VisitSource
from tasks.doubts.marks import unlikely_marks
from tests.tasks.nights import fill_sales, fill_visits, night_of, prepared_of

LAST = datetime.date(2024, 5, 31)


def days(count: int) -> list[str]:
    return [str(LAST - datetime.timedelta(days=back)) for back in range(count)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3, 5, 4, 6, 2, 99999], [99999]),
        ([3, 5, 4, 6, 2, 99999, 99999, 99999], [99999] * 3),
        ([3, 5, 4, 6, 2, -999], [-999]),
        ([-3, 5, -4, 6, -2, -999], [-999]),
        ([-300, 500, -400, 600, 20, -999], []),
        ([30_000, 50_000, 40_000, 61_000, 22_000, 99_999], []),
        ([800, 900, 850, 700, 999], []),
        ([3, 5, 4, 6, 2, 99], []),
        ([3, 5, 4, 6, 2, 99998], []),
        ([3, 5, 99999], []),
        ([np.nan, 3, 5, 4, 6, 2, 999_999], [999_999]),
    ],
)
def test_marks_are_far_from_everything_else_of_their_series(values: list[float], expected: list[float]) -> None:
    value = np.array([*values, *[1e5] * 9], dtype=np.float64)
    code = np.repeat([3, 7], [len(values), 9]).astype(np.int32)
    assert value[unlikely_marks(code, value)].tolist() == expected
    alone = np.array(values, dtype=np.float64)
    of_one, of_all = (unlikely_marks(group, alone) for group in (np.zeros(len(alone), np.int32), None))
    assert of_all.tolist() == of_one.tolist()


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_sales_of_99999_stay_and_are_pointed_out_with_the_setting_that_makes_them_unknown(database: Database) -> None:
    rows = [("s", day, "99999" if place in (7, 20) else str(40 + place % 5)) for place, day in enumerate(days(60))]
    fill_sales(database, *rows)
    night = night_of(database, Product.SALES)
    assert np.count_nonzero(prepared_of(night).known.observed.values == 99999) == 2
    (note,) = night.notes
    assert "99999 (2 rows) in 's'" in note
    assert note.endswith("[source.sales] unknown_values = [99999]")
    night = night_of(database, Product.SALES, sales=SalesSource(unknown_values=(99999,)))
    values = prepared_of(night).known.observed.values
    assert np.isnan(values).sum() == 2
    assert np.nanmax(values) < 50
    assert night.notes == []
    assert night.rejections.rows == 0


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_amounts_of_visits_are_treated_alike(database: Database) -> None:
    rows = [(f"c{place % 6}", day, "-999" if place == 9 else "12.5") for place, day in enumerate(days(60))]
    fill_visits(database, *rows)
    night = night_of(database, Product.NEXT_VISIT)
    prepared_of(night)
    (note,) = night.notes
    assert note.startswith("amounts of -999 (1 row) are read")
    night = night_of(database, Product.NEXT_VISIT, visits=VisitSource(unknown_values=(-999,)))
    prepared_of(night)
    assert night.notes == []
