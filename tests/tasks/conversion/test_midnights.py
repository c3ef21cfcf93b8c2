"""Midnights of a zone, as a database in UTC has them."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from nightcast.values import to_date
from tasks.conversion.midnights import Midnights, clock_times
from tasks.conversion.moments import to_local_days

NOW = datetime.datetime(2024, 6, 1, 12, 0, tzinfo=datetime.UTC)
DATES = [datetime.date(2022, 1, 1) + datetime.timedelta(days=number) for number in range(800)]
ZONES = [
    *("UTC", "Europe/Zurich", "Europe/London", "Europe/Helsinki", "America/New_York", "America/Los_Angeles"),
    *("Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Honolulu"),
    *("America/Sao_Paulo", "America/St_Johns", "Africa/Johannesburg"),
]


def moments_of(zone: str, time: datetime.time = datetime.time()) -> list[datetime.datetime]:
    walls = [datetime.datetime.combine(date, time, ZoneInfo(zone)) for date in DATES]
    return [wall.astimezone(datetime.UTC) for wall in walls]


def collected(moments: pa.Array, zone: str = "UTC", parts: int = 3) -> tuple[Midnights, list[datetime.date]]:
    """The times of day, collected in parts, and the dates that they mean."""
    midnights, size = Midnights(), -(-len(moments) // parts) or 1
    dates: list[datetime.date] = []
    for start in range(0, len(moments), size):
        days = to_local_days(moments.slice(start, size), zone, zone, NOW)
        meant = days.day[~days.unreadable] + midnights.late(days, ~days.unreadable)
        dates.extend(to_date(day) for day in meant.tolist())
    return midnights, dates


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("run_zone", ["UTC", "Europe/Zurich", "America/New_York", "Pacific/Auckland"])
def test_midnights_of_a_zone_mean_its_dates(zone: str, run_zone: str) -> None:
    midnights, dates = collected(pa.array(moments_of(zone), pa.timestamp("us", tz="UTC")), run_zone)
    assert dates == DATES
    assert midnights.times
    assert midnights.is_certain


@pytest.mark.parametrize("zone", ZONES)
def test_midnights_without_an_offset_or_with_their_own(zone: str) -> None:
    texts = [str(moment.replace(tzinfo=None)) for moment in moments_of(zone)]
    assert collected(pa.array(texts))[1] == DATES
    local = [moment.astimezone(ZoneInfo(zone)).isoformat() for moment in moments_of(zone)]
    assert collected(pa.array(local))[1] == DATES
    assert collected(pa.array([*texts, "x", None]))[1] == DATES


def test_dates_among_them_stay() -> None:
    texts = [*map(str, DATES), *(moment.isoformat() for moment in moments_of("Europe/Zurich"))]
    midnights, dates = collected(pa.array(texts))
    assert dates == DATES * 2
    assert midnights.times == (22 * 60, 23 * 60)


def test_times_at_which_something_happened_are_no_midnights() -> None:
    seconds = np.random.default_rng(1).integers(0, 86_400, 800)
    walls = [datetime.datetime.combine(date, datetime.time()) for date in DATES]
    sold = [wall + datetime.timedelta(seconds=int(second)) for wall, second in zip(walls, seconds, strict=True)]
    ends = [wall + datetime.timedelta(hours=23, minutes=59, seconds=59) for wall in walls]
    noons = [wall + datetime.timedelta(hours=12) for wall in walls]
    wandering = [moment + datetime.timedelta(hours=12) for moment in moments_of("Europe/Zurich")]  # noon in Zurich
    for moments in (sold, ends, noons, wandering, DATES, []):
        assert collected(pa.array([str(moment) for moment in moments], pa.string()))[0].times == ()


def test_one_time_without_an_offset_is_not_certain() -> None:
    closing = [f"{date} 22:00" for date in DATES]
    assert not collected(pa.array(closing))[0].is_certain
    assert collected(pa.array([f"{text}+00:00" for text in closing]))[0].is_certain
    assert clock_times((22 * 60, 23 * 60 + 30)) == "22:00 or 23:30"
