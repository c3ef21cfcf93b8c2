"""From rows of sales to a panel: what is refused, and what is counted."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from models.sales.data.panel import SalesPanel
from nightcast.errors import InputError
from nightcast.values import Product, to_date, to_day
from sql.engine import Database
from sql.settings import SalesSource
from sql.tables import model_version
from tasks.night import Night
from tasks.sales.steps import SalesSteps
from tests.tasks.nights import (
    CLOCK,
    fill_sales,
    night_of,
    prepared_of,
    rejected,
)

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


def panel_of(database: Database, frequency: Any = "auto", **options: Any) -> tuple[Night, SalesPanel]:
    options.setdefault("sales", SalesSource(frequency=frequency))
    night = night_of(database, Product.SALES, **options)
    return night, prepared_of(night).known.panel


def daily(days: int, series: str = "s", last: datetime.date = datetime.date(2024, 5, 31)) -> list[tuple[str, str, str]]:
    return [(series, str(last - datetime.timedelta(days=back)), "1") for back in range(days)]


def test_a_series_without_a_usable_row_has_a_place_in_the_panel(database: Database) -> None:
    fill_sales(database, *daily(9), ("empty", "x", "1"), ("unknown", "2024-05-30", "x"))
    night = night_of(database, Product.SALES)
    prepared = prepared_of(night)
    assert prepared.ids.to_pylist() == ["empty", "s", "unknown"]
    assert prepared.known.panel.observations.tolist() == [0, 9, 0]


def test_rows_off_the_calendar_are_counted_and_merged_ones_are_no_rejections(database: Database) -> None:
    mondays = [("s", str(datetime.date(2024, 5, 27) - datetime.timedelta(weeks=back)), "1") for back in range(12)]
    fill_sales(database, *mondays, mondays[3], mondays[3], ("s", "2024-05-08", "1"))
    night, _ = panel_of(database)
    assert rejected(night) == {
        "not a period of the frequency W-MON": 1,
    }
    assert night.ledger_columns["rows_rejected"] == 1
    (note,) = night.notes
    assert "2 of 13 sales rows (15.4%) are merged" in note


def test_duplicates_may_add_up_or_be_refused(database: Database) -> None:
    fill_sales(database, *daily(5), ("s", "2024-05-31", "2"))
    night, summed = panel_of(database, sales=SalesSource(duplicates="sum"))
    assert summed.values[0, -1] == 3.0
    assert rejected(night) == {}
    assert night.notes == []
    assert SalesSteps().merged(prepared_of(night)).startswith("1 of 6 sales rows")
    with pytest.raises(InputError, match="order lines"):
        panel_of(database)
    with pytest.raises(InputError, match="2024-05-31"):
        panel_of(database, sales=SalesSource(duplicates="error"))


def test_sales_that_look_like_marks_are_pointed_out(database: Database) -> None:
    fill_sales(database, *daily(60), *daily(60, "returns"), *daily(60, "plain"))
    update = "UPDATE sales SET value = '{}' WHERE series_id {} AND period = '{}'"
    with database.write() as connection:
        connection.exec_driver_sql(update.format("-999", "<> 'plain'", "2024-05-20"))
        connection.exec_driver_sql(update.format("-500", "= 'returns'", "2024-05-21"))
    night, _ = panel_of(database)
    (note,) = night.notes
    assert "-999 (1 row) in 's' are" in note


def test_a_gap_that_is_refused_names_the_series(database: Database) -> None:
    fill_sales(database, *daily(9, "whole"), *daily(9, "0007")[:3], *daily(9, "0007")[4:])
    with pytest.raises(InputError, match="'0007'"):
        panel_of(database, sales=SalesSource(missing="error"))


MONTH_ENDS = ["2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]


def test_the_current_month_may_be_labelled_with_its_last_day(database: Database) -> None:
    fill_sales(database, *(("s", day, "1") for day in [*MONTH_ENDS, "2024-06-30"]))
    night, panel = panel_of(database)
    assert panel.calendar.frequency == "ME"
    assert rejected(night) == {}


def test_a_month_that_begins_after_the_clock_is_rejected(database: Database) -> None:
    fill_sales(database, *(("s", day, "1") for day in [*MONTH_ENDS, "2024-07-31"]), ("t", "2024-07-31", "2"))
    night, _ = panel_of(database)
    assert rejected(night) == {"after the clock": 2}
    assert [entry.example for entry in night.rejections] == ["period 2024-07-31"]


def test_a_day_after_the_clock_is_rejected_by_the_day_of_the_configured_zone(database: Database) -> None:
    fill_sales(database, *daily(9), ("s", "2024-06-02", "1"))
    assert rejected(panel_of(database)[0]) == {"after the clock": 1}
    # 2024-06-01 12:00 in UTC is already the 2nd on the other side of the world.
    assert rejected(panel_of(database, timezone="Pacific/Kiritimati")[0]) == {}


def test_rows_between_the_as_of_and_the_clock_are_no_rejections(database: Database) -> None:
    fill_sales(database, *daily(30))
    night, _ = panel_of(database, as_of=datetime.date(2024, 5, 10))
    assert rejected(night) == {}
    assert night.entry.data_through == datetime.date(2024, 5, 9)


SUNDAYS = [str(datetime.date(2024, 5, 26) - datetime.timedelta(weeks=back)) for back in range(20)]


def test_a_week_that_is_not_over_is_step_one_and_the_guess_is_said(database: Database) -> None:
    """On a Thursday with 60 % of the usual, the Sunday is the first day of its week."""
    fill_sales(database, ("s", SUNDAYS[0], "60"), *(("s", day, "100") for day in SUNDAYS[1:]))
    night, panel = panel_of(database, as_of=datetime.date(2024, 5, 30))
    assert panel.calendar.frequency == "WS-SUN"
    assert panel.values.tolist() == [[100.0] * 19]
    assert to_date(int(panel.step_days[0])) == datetime.date(2024, 5, 26)
    [note] = night.notes
    assert '"WE"' in note
    night, panel = panel_of(database, frequency="WS", as_of=datetime.date(2024, 5, 30))
    assert panel.calendar.frequency == "WS-SUN"
    assert night.notes == []


def test_a_week_whose_label_is_still_to_come_is_step_one(database: Database) -> None:
    fill_sales(database, ("s", "2024-06-02", "60"), *(("s", day, "100") for day in SUNDAYS))
    night, panel = panel_of(database)
    assert panel.calendar.frequency == "W-SUN"
    assert panel.values.tolist() == [[100.0] * 20]
    assert to_date(int(panel.step_days[0])) == datetime.date(2024, 6, 2)
    assert rejected(night) == {}
    assert "2024-06-02" in night.notes[0]


def test_weeks_stay_as_the_model_that_serves_has_them(database: Database) -> None:
    fill_sales(database, *(("s", day, "100") for day in SUNDAYS))
    with database.write() as connection:
        served = {"model_version": "v", "product": "sales", "status": "champion", "as_of": datetime.date(2024, 5, 1)}
        parameters = {"recipe": "x", "shape": {"frequency": "WS-SUN"}}
        row = {**served, "trained_at": CLOCK, "parameters": parameters, "metrics": {}}
        connection.execute(sa.insert(model_version), row)
    night, panel = panel_of(database)
    assert panel.calendar.frequency == "WS-SUN"
    assert "serves" in night.notes[0]
    assert panel_of(database, as_of=datetime.date(2024, 4, 30))[1].calendar.frequency == "W-SUN"


def test_a_market_with_most_rows_on_saturdays_is_daily(database: Database) -> None:
    rows = daily(60, "daily")
    saturdays = [day for _, day, _ in rows if datetime.date.fromisoformat(day).weekday() == 5]
    market = [(f"stall {number}", day, "100") for number in range(30) for day in saturdays]
    fill_sales(database, *rows, *market)
    night, panel = panel_of(database)
    assert panel.calendar.frequency == "D"
    assert (rejected(night), night.notes) == ({}, [])


def test_months_labelled_by_their_last_business_day(database: Database) -> None:
    labels = ["2024-01-31", "2024-02-29", "2024-03-28", "2024-04-30", "2024-05-31"]  # Good Friday was 03-29
    labels += ["2023-12-29", "2023-11-30", "2023-09-29", "2023-10-31"]
    fill_sales(database, *(("s", day, "3000") for day in labels))
    night, panel = panel_of(database)
    assert panel.calendar.frequency == "BME"
    assert panel.values.tolist() == [[3000.0] * 9]
    assert to_date(int(panel.step_days[0])) == datetime.date(2024, 6, 28)
    assert (rejected(night), night.notes) == ({}, [])


def test_irregular_dates_are_said(database: Database) -> None:
    fill_sales(database, *(("s", f"2024-05-{day:02}", "1") for day in (1, 2, 9, 13, 27, 31)))
    night, _ = panel_of(database)
    assert "frequency" in night.notes[0]


def test_series_from_before_1970(database: Database) -> None:
    days = [datetime.date(1949 + month // 12, month % 12 + 1, 1) for month in range(144)]
    fill_sales(database, *(("airline", str(day), "112") for day in days))
    night, panel = panel_of(database, as_of=datetime.date(1961, 1, 1))
    assert panel.calendar.frequency == "MS"
    assert night.entry.data_through == datetime.date(1960, 12, 31)
    assert night.notes == []
    assert panel.data_through == to_day(datetime.date(1960, 12, 31))
