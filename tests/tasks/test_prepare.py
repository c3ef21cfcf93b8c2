"""From rows to histories and panels: what is refused, what is counted, and what the ledger learns."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest
from tasks.reading.extract import extract_sales, extract_visits

from nightcast.errors import InputError
from nightcast.values import Product, to_day
from sql.engine import Database
from sql.settings import SalesSource
from tasks.night import Night
from tasks.prepare import prepare_sales, prepare_visits
from tests.tasks.nights import fill_sales, fill_visits, night_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def history(database: Database, **options: Any) -> Night:
    night = night_of(database, Product.NEXT_VISIT, **options)
    extract_visits(night)
    prepare_visits(night)
    return night


def panel(database: Database, frequency: Any = "auto", **options: Any) -> Night:
    options.setdefault("sales", SalesSource(frequency=frequency))
    night = night_of(database, Product.SALES, **options)
    extract_sales(night)
    prepare_sales(night)
    return night


def rejected(night: Night) -> dict[str, int]:
    return {entry.reason: entry.rows for entry in night.rejections}


def daily(days: int, series: str = "s", last: datetime.date = datetime.date(2024, 5, 31)) -> list[tuple[str, str, str]]:
    return [(series, str(last - datetime.timedelta(days=back)), "1") for back in range(days)]


def test_visits_become_visit_days(database: Database) -> None:
    fill_visits(
        database,
        ("b", "2024-05-30 18:00", "2"),
        ("a", "2024-05-31 10:00", "1"),
        ("a", "2024-05-31 11:00", "2"),
        ("a", "2024-05-01", None),
    )
    night = history(database)
    assert night.history is not None
    assert night.ids.to_pylist() == ["a", "b"]
    assert night.history.visit_days.tolist() == [2, 1]
    assert np.nan_to_num(night.history.amount, nan=-1).tolist() == [-1.0, 3.0, 2.0]
    assert night.facts["subjects"] == 2
    assert night.facts["data_through"] == datetime.date(2024, 5, 31)
    assert night.notes == []
    assert night.rows is None  # no longer needed, and large


def test_without_a_usable_row_it_says_how_many_were_read_and_rejected(database: Database) -> None:
    fill_visits(database, (None, "2024-05-01", "1"), ("a", "x", "1"), ("a", "2024-06-01", "1"))
    with pytest.raises(InputError, match=r"no usable visit before 2024-06-01 \(3 rows were read, 2 of them rejected\)"):
        history(database)
    fill_sales(database)
    with pytest.raises(InputError, match=r"no usable sale before 2024-06-01 \(0 rows were read, 0 of them rejected\)"):
        panel(database)


def test_an_as_of_before_the_data_begins_is_refused(database: Database) -> None:
    fill_visits(database, ("a", "2024-05-01", "1"))
    with pytest.raises(InputError, match="before 2020-01-01") as caught:
        history(database, as_of=datetime.date(2020, 1, 1))
    assert "--as-of" in caught.value.remedy


def test_an_as_of_long_after_the_data_is_told(database: Database) -> None:
    fill_visits(database, ("a", "2024-01-01", "1"))
    night = history(database)
    assert night.notes == ["the newest visit is of 2024-01-01, 151 days before the as-of"]
    fill_sales(database, *daily(60, last=datetime.date(2024, 4, 1)))
    assert panel(database).notes == ["the newest sale is of 2024-04-01, 60 days before the as-of"]


def test_one_customer_and_one_series_with_one_point_will_do(database: Database) -> None:
    fill_visits(database, ("a", "2024-05-31", None))
    assert history(database).facts["subjects"] == 1
    fill_sales(database, ("s", "2024-05-31", "1"))
    assert panel(database).facts["subjects"] == 1


def test_a_series_without_a_usable_row_has_a_place_in_the_panel(database: Database) -> None:
    fill_sales(database, *daily(9), ("empty", "x", "1"), ("unknown", "2024-05-30", "x"))
    night = panel(database)
    assert night.panel is not None
    assert night.ids.to_pylist() == ["empty", "s", "unknown"]
    assert night.panel.observations.tolist() == [0, 9, 0]


def test_duplicates_and_rows_off_the_calendar_are_counted(database: Database) -> None:
    mondays = [("s", str(datetime.date(2024, 5, 27) - datetime.timedelta(weeks=back)), "1") for back in range(12)]
    fill_sales(database, *mondays, mondays[3], mondays[3], ("s", "2024-05-08", "1"))
    night = panel(database)
    assert rejected(night) == {
        "not a period of the frequency W-MON": 1,
        "another row of the same series and period (duplicates = last)": 2,
    }
    assert night.facts["rows_rejected"] == 3


def test_duplicates_may_add_up_or_be_refused(database: Database) -> None:
    fill_sales(database, *daily(5), ("s", "2024-05-31", "2"))
    summed = panel(database, sales=SalesSource(duplicates="sum"))
    assert summed.panel is not None
    assert summed.panel.values[0, -1] == 3.0
    assert "duplicates = sum" in next(iter(rejected(summed)))
    with pytest.raises(InputError, match="2024-05-31"):
        panel(database, sales=SalesSource(duplicates="error"))


def test_a_gap_that_is_refused_names_the_series(database: Database) -> None:
    fill_sales(database, *daily(9, "whole"), *daily(9, "0007")[:3], *daily(9, "0007")[4:])
    with pytest.raises(InputError, match="'0007'"):
        panel(database, sales=SalesSource(missing="error"))


MONTH_ENDS = ["2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]


def test_the_current_month_may_be_labelled_with_its_last_day(database: Database) -> None:
    fill_sales(database, *(("s", day, "1") for day in [*MONTH_ENDS, "2024-06-30"]))
    night = panel(database)
    assert night.panel is not None
    assert night.panel.calendar.frequency == "ME"
    assert rejected(night) == {}


def test_a_month_that_begins_after_the_clock_is_rejected(database: Database) -> None:
    fill_sales(database, *(("s", day, "1") for day in [*MONTH_ENDS, "2024-07-31"]), ("t", "2024-07-31", "2"))
    night = panel(database)
    assert rejected(night) == {"after the clock": 2}
    assert [entry.example for entry in night.rejections] == ["period 2024-07-31"]


def test_a_day_after_the_clock_is_rejected_by_the_day_of_the_configured_zone(database: Database) -> None:
    fill_sales(database, *daily(9), ("s", "2024-06-02", "1"))
    assert rejected(panel(database)) == {"after the clock": 1}
    # 2024-06-01 12:00 in UTC is already the 2nd on the other side of the world.
    assert rejected(panel(database, timezone="Pacific/Kiritimati")) == {}


def test_rows_between_the_as_of_and_the_clock_are_no_rejections(database: Database) -> None:
    fill_sales(database, *daily(30))
    night = panel(database, as_of=datetime.date(2024, 5, 10))
    assert night.panel is not None
    assert rejected(night) == {}
    assert night.facts["data_through"] == datetime.date(2024, 5, 9)


def test_when_only_the_current_period_is_there_it_says_so(database: Database) -> None:
    fill_sales(database, ("s", "2024-05-01", "1"))
    night = panel(database, "MS", as_of=datetime.date(2024, 5, 15))
    assert night.facts["data_through"] is None
    assert night.notes == ["no period is wholly known at the as-of"]


def test_series_from_before_1970(database: Database) -> None:
    days = [datetime.date(1949 + month // 12, month % 12 + 1, 1) for month in range(144)]
    fill_sales(database, *(("airline", str(day), "112") for day in days))
    night = panel(database, as_of=datetime.date(1961, 1, 1))
    assert night.panel is not None
    assert night.panel.calendar.frequency == "MS"
    assert night.facts["data_through"] == datetime.date(1960, 12, 31)
    assert night.notes == []
    assert night.panel.data_through == to_day(datetime.date(1960, 12, 31))
