"""Moments of a file as those of the source table."""

from __future__ import annotations

from pathlib import Path

import pytest

from sql.engine import Database
from sql.settings import VisitSource
from tests.tasks.loading.loads import load, loaded, on_sqlite, rejected, write


def test_how_far_ahead_periods_may_lie(database: Database, tmp_path: Path) -> None:
    sales = load(database, "sales", write(tmp_path, "series,day,sold\na,2025-06-02,1\na,2025-06-03,1\n", "sales.csv"))
    assert [row["day"] for row in rejected(sales)] == ["2025-06-03"]
    path = write(tmp_path, "series,day,name,value\na,2030-01-01,promotion,1\n,2024-01-01,holiday,1\n,2024-01-01,,1\n")
    covariates = load(database, "covariates", path)
    assert sorted(loaded(database, "covariates"), key=str) == [
        ("a", "2030-01-01", "promotion", 1.0),
        (None, "2024-01-01", "holiday", 1.0),
    ]
    assert [row["reason"] for row in rejected(covariates)] == ["name is empty"]


def test_aware_moments_are_converted_and_naive_ones_stay(database: Database, tmp_path: Path) -> None:
    text = "customer,at,paid\na,2024-03-30T23:30:00Z,1\nb,2024-03-31T01:30:00+00:00,1\n"
    text += "c,2024-03-31 02:30:00,1\nd,2024-04-01T00:10:00+0200,1\n"
    load(database, "visits", write(tmp_path, text), source=VisitSource(timezone="Europe/Zurich"))
    assert [row[1] for row in loaded(database, "visits")] == [
        "2024-03-31 00:30:00",
        "2024-03-31 03:30:00",
        "2024-03-31 02:30:00",
        "2024-04-01 00:10:00",
    ]


@pytest.mark.parametrize(
    ("date_format", "text", "stored"),
    [
        ("%d/%m/%Y", "31/12/2023", "2023-12-31"),
        ("%m/%d/%Y %H:%M", "12/31/2023 17:45", "2023-12-31 17:45:00"),
        ("%Y%m%d", "20231231", "2023-12-31"),
        ("%d.%m.%y", "31.12.23", "2023-12-31"),
        ("excel", "45291", "2023-12-31"),
        ("excel", "45291.75", "2023-12-31 18:00:00"),
        ("epoch-seconds", "1704022200", "2023-12-31 11:30:00"),
        ("epoch-milliseconds", "1704022200000", "2023-12-31 11:30:00"),
        ("iso-week", "2023-W52", "2023-12-25"),
        (None, "2023.12.31", "2023-12-31"),
        (None, "2023 12 31", "2023-12-31"),
        (None, "2023-12-31T17:00:00+5:30", "2023-12-31 11:30:00"),
        ("%d.%m.%Y %H:%M %z", "31.12.2023 23:30 -0500", "2024-01-01 04:30:00"),
        (None, "20231231", "2023-12-31"),
        (None, "2023/12/31", "2023-12-31"),
    ],
)
def test_date_formats(database: Database, tmp_path: Path, date_format: str | None, text: str, stored: str) -> None:
    path = write(tmp_path, f"customer,at,paid\na,{text},1\nb,{text},2\nc,nonsense,1\n")
    report = load(database, "visits", path, date_format=date_format)
    assert [row[1] for row in loaded(database, "visits")] == [stored, stored]
    wanted = f"in the format {date_format}" if date_format else "an ISO 8601 date or timestamp"
    assert [row["reason"].startswith(f"at is not {wanted}") for row in rejected(report)] == [True]
    assert ("Years of two digits are read as 1935 to 2034." in report.notes) == (date_format == "%d.%m.%y")


def test_a_moment_in_two_columns(database: Database, tmp_path: Path) -> None:
    lines = [
        "customer;at;time;paid",
        "a;31.12.2023;9:05;1",
        "b;31.12.2023;;2",
        "c;31.12.2023;17:45:30;3",
        "d;31.12.2023;half past;4",
        "e;31.12.2024;10:00;5",
        "f;;10:00;6",
        "g;2023;10:00;7",
    ]
    path = write(tmp_path, "\n".join(lines))
    report = load(database, "visits", path, time_column="time", date_format="%d.%m.%Y")
    rows = [str(row[1]) for row in loaded(database, "visits")]
    assert [rows[0], rows[1][:10], rows[2]] == ["2023-12-31 09:05:00", "2023-12-31", "2023-12-31 17:45:30"]
    assert {row["customer"]: row["reason"] for row in rejected(report)} == {
        "d": "time is not a time of day",
        "e": "at is after the clock",
        "f": "at is empty",
        "g": "at is not in the format %d.%m.%Y",
    }


@pytest.mark.parametrize("date", ["2023-12-31", "2023-12-31 00:00:00", "2023-12-31T00:00"])
@on_sqlite
def test_the_midnight_of_a_date_makes_room_for_its_time(database: Database, tmp_path: Path, date: str) -> None:
    load(database, "visits", write(tmp_path, f"customer,at,time,paid\na,{date},9:05 PM,1\n"), time_column="time")
    assert [row[1] for row in loaded(database, "visits")] == ["2023-12-31 21:05:00"]


@on_sqlite
def test_a_midnight_with_an_offset_is_the_date_that_it_names(database: Database, tmp_path: Path) -> None:
    days = ["2024-01-01T00:00:00+01:00", "2024-02-01 00:00:00+05:30", "2024-03-01T00:00:00Z", "2024-04-01T00:00-5"]
    text = "series,day,sold\n" + "".join(f"a,{day},1\n" for day in days)
    report = load(database, "sales", write(tmp_path, text, "sales.csv"))
    assert [row[1] for row in loaded(database, "sales")] == [day[:10] for day in days]
    assert not any("23:00" in note for note in report.notes)


@on_sqlite
def test_midnights_of_another_zone_are_pointed_out(database: Database, tmp_path: Path) -> None:
    days = [f"2023-{month:02}-{28 if month == 2 else 30}T{23 if month < 4 else 22}:00:00Z" for month in range(1, 13)]
    text = "series,day,sold\n" + "".join(f"a,{day},1\n" for day in days)
    [note] = load(database, "sales", write(tmp_path, text, "sales.csv")).notes
    assert "22:00 or 23:00" in note
    assert "[run] timezone" in note
