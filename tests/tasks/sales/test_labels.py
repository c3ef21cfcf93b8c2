"""Periods that are midnights of another time zone: when they move to the next day, and what is said."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from nightcast.values import Product, to_date
from sql.engine import Database
from tasks.night import Night
from tests.tasks.nights import fill_sales, night_of, prepared_of, read_of

ZURICH = ZoneInfo("Europe/Zurich")
MONTHS = [datetime.date(2022 + month // 12, month % 12 + 1, 1) for month in range(24)]
MONDAYS = [datetime.date(2023, 6, 5) + datetime.timedelta(weeks=week) for week in range(50)]
DAYS = [datetime.date(2023, 6, 1) + datetime.timedelta(days=number) for number in range(366)]
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


def midnight(date: datetime.date, zone: ZoneInfo = ZURICH) -> datetime.datetime:
    return datetime.datetime.combine(date, datetime.time(), zone)


def in_utc(date: datetime.date, zone: ZoneInfo = ZURICH) -> datetime.datetime:
    return midnight(date, zone).astimezone(datetime.UTC)


def fill(database: Database, moments: list[Any], **options: Any) -> None:
    fill_sales(database, *(("s", moment, str(number)) for number, moment in enumerate(moments)), **options)


def dates_of(database: Database, **options: Any) -> tuple[Night, list[datetime.date]]:
    night, rows = read_of(database, Product.SALES, **options)
    return night, [to_date(day) for day in rows.day.tolist()]


@on_sqlite
@pytest.mark.parametrize("dates", [MONTHS, MONDAYS, DAYS])
@pytest.mark.parametrize("form", ["with its offset", "in UTC", "without an offset"])
def test_midnights_in_zurich_are_dates_of_zurich(database: Database, dates: list[datetime.date], form: str) -> None:
    moments = [midnight(date) if form == "with its offset" else in_utc(date) for date in dates]
    fill(database, [str(moment.replace(tzinfo=None) if form == "without an offset" else moment) for moment in moments])
    night, read = dates_of(database)
    assert read == dates
    [note] = night.notes
    assert "22:00 or 23:00" in note
    if form != "without an offset":
        night, read = dates_of(database, timezone="Europe/Zurich")
        assert (read, night.notes) == (dates, [])


@on_sqlite
@pytest.mark.parametrize("zone", ["America/New_York", "UTC"])
def test_midnights_that_keep_their_date_are_no_matter(database: Database, zone: str) -> None:
    fill(database, [str(in_utc(date, ZoneInfo(zone))) for date in MONTHS])
    night, read = dates_of(database)
    assert (read, night.notes) == (MONTHS, [])


@on_sqlite
def test_midnights_of_utc_are_no_evening_in_new_york(database: Database) -> None:
    fill(database, [f"{date}T00:00:00Z" for date in MONTHS])
    night, read = dates_of(database, timezone="America/New_York")
    assert read == MONTHS
    assert len(night.notes) == 1


def test_moments_of_a_database(database: Database) -> None:
    """As timestamps of the database's own type: without an offset on SQLite and MySQL."""
    fill(database, [in_utc(date) for date in MONTHS], kind=sa.DateTime(timezone=True))
    night, read = dates_of(database)
    assert read == MONTHS
    assert len(night.notes) == 1


@on_sqlite
def test_a_time_that_never_changes_is_a_midnight_where_periods_then_begin(database: Database) -> None:
    before = [date - datetime.timedelta(days=1) for date in MONTHS]
    fill(database, [f"{date} 22:00:00" for date in before])
    night, read = dates_of(database)
    assert read == MONTHS
    assert len(night.notes) == 1


@on_sqlite
@pytest.mark.parametrize(
    ("dates", "time", "said"),
    [(DAYS[:-1], "22:00", 1), (MONTHS, "18:00", 0), (MONDAYS, "18:00", 0), (DAYS[:-1], "12:00", 0)],
)
def test_a_closing_time_is_no_midnight(database: Database, dates: list[Any], time: str, said: int) -> None:
    fill(database, [f"{date} {time}" for date in dates])
    night, read = dates_of(database)
    assert read == dates
    assert len(night.notes) == said


@on_sqlite
def test_a_mixture_is_read_as_written_and_said(database: Database) -> None:
    fill(database, [str(in_utc(date)) for date in MONTHS] + [f"{date} 10:17" for date in MONTHS[:6]])
    night, read = dates_of(database)
    assert read[0] == datetime.date(2021, 12, 31)
    assert "not all" in night.notes[0]


@on_sqlite
def test_the_midnight_of_the_as_of_is_not_before_it(database: Database) -> None:
    days = [datetime.date(2024, 6, 1) - datetime.timedelta(days=back) for back in range(400)]
    fill(database, [str(in_utc(date)) for date in days])
    night = night_of(database, Product.SALES)
    prepared = prepared_of(night)
    assert prepared.known.panel.observations.tolist() == [399]
    assert night.entry.data_through == datetime.date(2024, 5, 31)
