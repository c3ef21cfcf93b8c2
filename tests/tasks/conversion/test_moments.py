"""Moments to days, against a slow reference made of Python's own clocks."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nightcast.values import to_date
from tasks.conversion.moments import LocalDays, to_local_days, to_wall_clock

NOW = datetime.datetime(2024, 6, 1, 12, 0, tzinfo=datetime.UTC)
ZONES = [
    "UTC",
    "Europe/Zurich",
    "America/New_York",
    "America/Sao_Paulo",  # changed its clocks at midnight
    "Australia/Lord_Howe",  # by half an hour
    "Europe/Dublin",  # whose summer time is the standard one
    "Pacific/Chatham",
    "Asia/Kathmandu",
    "Africa/Casablanca",
]
NAIVE = st.datetimes(datetime.datetime(1995, 1, 1), datetime.datetime(2023, 12, 31))
OFFSETS = st.integers(-14 * 4, 14 * 4).map(
    lambda quarters: datetime.timezone(datetime.timedelta(minutes=15 * quarters))
)


def first_reading(wall: datetime.datetime, zone: ZoneInfo) -> datetime.datetime:
    """The moment in UTC; of a skipped hour, the moment at which the clock jumped."""
    moment = wall.replace(tzinfo=zone, fold=0).astimezone(datetime.UTC)
    if moment.astimezone(zone).replace(tzinfo=None, fold=0) == wall:
        return moment
    before, after = moment - datetime.timedelta(days=2), moment
    offset_after = after.astimezone(zone).utcoffset()
    while after - before > datetime.timedelta(microseconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset_after:
            after = middle
        else:
            before = middle
    return after


def days_of(moments: pa.Array, source: str = "UTC", zone: str = "UTC", now: datetime.datetime = NOW) -> LocalDays:
    return to_local_days(moments, source, zone, now)


def dates(days: LocalDays) -> list[datetime.date | None]:
    return [None if bad else to_date(day) for day, bad in zip(days.day.tolist(), days.unreadable, strict=True)]


@settings(max_examples=100, deadline=None)
@given(st.lists(NAIVE, min_size=4, max_size=12), st.sampled_from(ZONES), st.sampled_from(ZONES))
@example([datetime.datetime(2023, 3, 26, 2, 30)], "Europe/Zurich", "UTC")  # skipped
@example([datetime.datetime(2023, 10, 29, 2, 30)], "Europe/Zurich", "America/New_York")  # twice
@example([datetime.datetime(2018, 11, 4, 0, 30)], "America/Sao_Paulo", "America/Sao_Paulo")  # a skipped midnight
@example([datetime.datetime(2018, 2, 17, 23, 30)], "America/Sao_Paulo", "America/Sao_Paulo")  # a repeated one
@example([datetime.datetime(2020, 10, 25, 1, 30)], "Europe/Dublin", "UTC")
@example([datetime.datetime(2020, 3, 29, 1, 30)], "Europe/Dublin", "UTC")
def test_naive_timestamps_are_of_the_sources_zone(walls: list[datetime.datetime], source: str, zone: str) -> None:
    expected = [first_reading(wall, ZoneInfo(source)).astimezone(ZoneInfo(zone)).date() for wall in walls]
    assert dates(days_of(pa.array(walls, pa.timestamp("us")), source, zone)) == expected
    assert dates(days_of(pa.array([str(wall) for wall in walls]), source, zone)) == expected
    assert dates(days_of(pa.array([wall.isoformat() for wall in walls]), source, zone)) == expected


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(NAIVE, OFFSETS), min_size=4, max_size=12), st.sampled_from(ZONES), st.sampled_from(ZONES))
def test_aware_timestamps_are_converted_whatever_the_sources_zone(
    pairs: list[tuple[datetime.datetime, datetime.timezone]], source: str, zone: str
) -> None:
    moments = [wall.replace(tzinfo=offset) for wall, offset in pairs]
    expected = [moment.astimezone(ZoneInfo(zone)).date() for moment in moments]
    assert dates(days_of(pa.array([moment.isoformat() for moment in moments]), source, zone)) == expected
    assert dates(days_of(pa.array(moments, pa.timestamp("us", tz="UTC")), source, zone)) == expected


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.dates(datetime.date(1700, 1, 1), datetime.date(2023, 12, 31)), min_size=1, max_size=6),
    st.sampled_from(ZONES),
    st.sampled_from(ZONES),
)
def test_dates_stay_whatever_the_zones(expected: list[datetime.date], source: str, zone: str) -> None:
    texts = [str(date) for date in expected]
    compact = [f"{date:%Y%m%d}" for date in expected]
    for moments in (pa.array(expected), pa.array(texts), pa.array(compact), pa.array([*texts, "x"])):
        assert dates(days_of(moments, source, zone))[: len(expected)] == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(NAIVE, min_size=1, max_size=4), st.sampled_from(ZONES), st.lists(st.sampled_from(["bad", None, ""])))
def test_neighbours_that_cannot_be_read_change_nothing(
    walls: list[datetime.datetime], zone: str, neighbours: list[str | None]
) -> None:
    texts = [str(wall) for wall in walls]
    alone = days_of(pa.array(texts), "Europe/Zurich", zone)
    beside = days_of(pa.array([*texts, *neighbours], pa.string()), "Europe/Zurich", zone)
    assert beside.day.tolist() == alone.day.tolist() + [0] * len(neighbours)
    assert beside.unreadable.tolist() == [False] * len(texts) + [True] * len(neighbours)
    assert not beside.future.any()


def test_one_column_may_mix_formats() -> None:
    texts = [
        "2024-01-05",
        "2024-01-05 10:30",
        "2024-01-05T10:30:59.123456",
        "20240105",
        "2024/01/05",
        " 2024-01-05 ",
        "2024-01-05T23:30:00Z",
        "2024-01-05T23:30:00-05:00",
        "2024-01-05 23:30:00+0100",
        "2024-01-05 23:30:00+00",
    ]
    fifth, sixth = datetime.date(2024, 1, 5), datetime.date(2024, 1, 6)
    expected = [fifth] * 6 + [sixth, sixth, fifth, sixth]
    assert dates(days_of(pa.array(texts), "Europe/Zurich", "Europe/Zurich")) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "x", "now", "today", "NaT", "-infinity", "12:30", "170101", "1700000000"),
        *("05.01.2024", "2024-13-01", "2024-02-30", "2024-01-05 25:00", "2024-01-05 10:30 Mars"),
        *("0001-01-01", "0001-01-01 00:00:00", "99999-01-01"),
    ],
)
@pytest.mark.parametrize("neighbours", [[], ["2024-01-01"], ["2024-01-01T10:00:00Z"], ["x"]])
def test_what_is_no_date_is_unreadable_whatever_stands_beside_it(text: str, neighbours: list[str]) -> None:
    days = days_of(pa.array([text, *neighbours]))
    assert days.unreadable[0]
    assert not days.future[0]
    assert days.day[0] == 0


def test_nulls_are_unreadable() -> None:
    for kind in (pa.string(), pa.date32(), pa.timestamp("us"), pa.timestamp("us", tz="UTC"), pa.null()):
        days = days_of(pa.array([None, None], kind))
        assert days.unreadable.tolist() == [True, True]
        assert days.day.tolist() == [0, 0]


@pytest.mark.parametrize("text", ["9999-12-31", "9999-12-31 23:59:59", "2262-05-01", "2300-02-28T00:00:00Z"])
@pytest.mark.parametrize("neighbours", [[], ["x"], ["2024-01-01T10:00:00Z"]])
def test_the_end_of_time_is_after_the_clock_whatever_stands_beside_it(text: str, neighbours: list[str]) -> None:
    days = days_of(pa.array([text, *neighbours]), "America/New_York", "Pacific/Chatham")
    assert days.future[0]
    assert not days.unreadable[0]
    assert to_date(int(days.day[0])) > NOW.date()


@pytest.mark.parametrize(
    ("moments", "is_future"),
    [
        (pa.array([2**31 - 1], pa.int32()).cast(pa.date32()), True),  # years that Python does not know
        (pa.array([-(2**31)], pa.int32()).cast(pa.date32()), False),
        (pa.array([2**63 - 1]).cast(pa.timestamp("us")), True),
        (pa.array([-(2**63)]).cast(pa.timestamp("us", tz="UTC")), False),
        (pa.array([datetime.date(20, 1, 1)]), False),
    ],
)
def test_the_infinities_of_a_database_are_future_or_unreadable(moments: pa.Array, is_future: bool) -> None:
    for zone in ZONES:
        days = days_of(moments, zone, zone)
        assert (bool(days.future[0]), bool(days.unreadable[0])) == (is_future, not is_future)
        to_date(int(days.day[0]))


def test_after_the_clock_means_after_the_moment_or_the_day() -> None:
    second = datetime.timedelta(seconds=1)
    timed = pa.array([NOW, NOW + second, NOW - second], pa.timestamp("us", tz="UTC"))
    assert days_of(timed).future.tolist() == [False, True, False]
    texts = pa.array(["2024-06-01", "2024-06-02", "2024-06-01 14:00:01", "2024-06-01 14:00:00"])
    assert days_of(texts, "Europe/Zurich", "Europe/Zurich").future.tolist() == [False, True, True, False]
    late = datetime.datetime(2024, 6, 1, 23, 30, tzinfo=datetime.UTC)  # already the 2nd in Zurich
    tomorrow = pa.array([datetime.date(2024, 6, 2)])
    assert days_of(tomorrow, zone="Europe/Zurich", now=late).future.tolist() == [False]
    assert days_of(tomorrow, zone="UTC", now=late).future.tolist() == [True]


@settings(max_examples=100, deadline=None)
@given(NAIVE, st.sampled_from(ZONES))
def test_the_wall_clock_keeps_naive_times_and_converts_aware_ones(wall: datetime.datetime, zone: str) -> None:
    aware = wall.replace(tzinfo=datetime.UTC)
    shown = to_wall_clock(pa.array([str(wall), aware.isoformat(), str(wall.date()), "x"]), zone, NOW)
    there = aware.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    midnight = datetime.datetime.combine(wall.date(), datetime.time())
    expected = [np.datetime64(moment, "us") for moment in (wall, there, midnight)]
    assert shown.microseconds[:3].astype("datetime64[us]").tolist() == [moment.tolist() for moment in expected]
    assert shown.is_date.tolist() == [False, False, True, False]
    assert shown.unreadable.tolist() == [False, False, False, True]
    assert shown.microseconds[3] == 0


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("2026.10.03", "2026-10-03"),
        ("2026 10 03", "2026-10-03"),
        ("2026/10/3", "2026-10-03"),
        ("2026.1.3", "2026-01-03"),
        ("2026-10", "2026-10-01"),
        ("2026.10.03 10:15", "2026-10-03 10:15"),
        ("2026/10/03 9:05:30", "2026-10-03 09:05:30"),
        ("2026-10-03T10:15:00,25", "2026-10-03 10:15:00.25"),
        ("2026-10-02T03:00:00+5:30", "2026-10-02 03:00"),
        ("2026-10-02T03:00:00+530", "2026-10-02 03:00"),
        ("2026-10-01 21:30:00-0", "2026-10-02 03:00"),
        ("2026-10-01T21:30:00z", "2026-10-02 03:00"),
        ("2026-10-01 21:30 +00:00", "2026-10-02 03:00"),
    ],
)
@pytest.mark.parametrize("neighbours", [[], ["x"], ["2026-01-01T10:00:00Z"], ["2026-01-01 10:00"]])
def test_forms_near_iso_8601_keep_their_day_and_their_offset(text: str, wall: str, neighbours: list[str]) -> None:
    now = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
    shown = to_wall_clock(pa.array([text, *neighbours]), "Asia/Kolkata", now)
    assert shown.microseconds.astype("datetime64[us]")[0] == np.datetime64(wall)
    assert bool(shown.is_date[0]) == (len(wall) == len("2026-10-03"))
    for zone in ZONES if shown.is_date[0] else ["Asia/Kolkata"]:
        days = days_of(pa.array([text, *neighbours]), zone, zone, now)
        assert to_date(int(days.day[0])) == datetime.date.fromisoformat(wall[:10])


@pytest.mark.parametrize(
    "text",
    [
        "2026.10",
        "2026 10",
        "2026-10-03T",
        "2026-10-03 +02:00",
        "2026-10-03 10:15 UTC+2",
        "2026-10-03T10:15+2:5",
        "03.10.26",
    ],
)
def test_what_is_half_understood_is_unreadable(text: str) -> None:
    assert days_of(pa.array([text])).unreadable[0]
    assert to_wall_clock(pa.array([text]), "America/New_York", NOW).unreadable[0]


@pytest.mark.parametrize("neighbours", [[], ["2024-01-01"], ["x"]])
def test_weeks_quarters_and_months_name_their_first_day(neighbours: list[str]) -> None:
    labels = {
        "2023-W01": "2023-01-02",
        "2020W53": "2020-12-28",
        "2021-W53": None,
        "2023-Q1": "2023-01-01",
        "2023Q4": "2023-10-01",
        "Q2 2023": "2023-04-01",
        "2023-M07": "2023-07-01",
        "2023-M13": None,
        "2023-Q5": None,
    }
    days = days_of(pa.array([*labels, *neighbours]), "America/New_York", "Pacific/Chatham")
    assert [day and str(day) for day in dates(days)[: len(labels)]] == list(labels.values())
    assert to_wall_clock(pa.array(list(labels)), "UTC", NOW).unreadable.all()  # no day on which somebody came


def test_a_text_without_an_offset_does_not_take_that_of_another() -> None:
    texts = ["2024-04-14T15:10:00+02:00", "2024-04-14 01:52", "x", "2024-04-14T00:10:00-05:00", "2024-04-14 23:59:59"]
    read = to_local_days(pa.array(texts), "UTC", "UTC", NOW)
    hours = [moment.astype("datetime64[us]").astype(str)[11:16] for moment in read.microseconds[[0, 1, 3, 4]]]
    assert hours == ["13:10", "01:52", "05:10", "23:59"]
    assert read.unreadable.tolist() == [False, False, True, False, False]
