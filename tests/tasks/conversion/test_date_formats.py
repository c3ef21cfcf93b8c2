"""Dates in other forms than ISO 8601."""

from __future__ import annotations

import datetime

import pyarrow as pa
import pytest

from tasks.conversion.date_formats import read_format, short_years

NOW = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)


def test_formats() -> None:
    day_first = read_format(pa.array(["05/01/2024", " 06/01/2024", "2024-01-05", None]), "%d/%m/%Y", NOW)
    assert day_first.type == pa.date32()
    assert day_first.to_pylist() == [datetime.date(2024, 1, 5), datetime.date(2024, 1, 6), None, None]
    timed = read_format(pa.array(["05/01/2024 10:30"]), "%d/%m/%Y %H:%M", NOW)
    assert timed.to_pylist() == [datetime.datetime(2024, 1, 5, 10, 30)]
    aware = read_format(pa.array(["05/01/2024 10:30 +0200"]), "%d/%m/%Y %H:%M %z", NOW)
    assert aware.to_pylist()[0] == datetime.datetime(2024, 1, 5, 8, 30, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("date_format", "text", "moment"),
    [
        ("excel", "46027", "2026-01-05"),
        ("excel", " 46027.5", "2026-01-05T12:00:00"),
        ("excel", "46027,25", "2026-01-05T06:00:00"),
        ("excel", "59", None),  # before the day that Excel invented
        ("excel", "99999999", None),
        ("excel", "2026-01-05", None),
        ("epoch-seconds", "1767607200", "2026-01-05T10:00:00+00:00"),
        ("epoch-seconds", "1767607200.5", "2026-01-05T10:00:00.500000+00:00"),
        ("epoch-seconds", "1" * 17, None),
        ("epoch-milliseconds", "1767607200000", "2026-01-05T10:00:00+00:00"),
        ("iso-week", "2023-W01", "2023-01-02"),
        ("iso-week", "202302", "2023-01-09"),
        ("iso-week", "2023-40", "2023-10-02"),
        ("iso-week", "2021-W53", None),
        ("iso-week", "20232", None),
        ("iso-week", "2023-01-02", None),
    ],
)
def test_named_formats(date_format: str, text: str, moment: str | None) -> None:
    read, nothing = read_format(pa.array([text, None]), date_format, NOW).to_pylist()
    assert nothing is None
    assert (read and read.isoformat()) == moment


@pytest.mark.parametrize(
    ("text", "year"),
    [("01.02.69", 1969), ("29.02.68", 1968), ("01.02.26", 2026), ("01.02.36", 2036), ("01.02.37", 1937)],
)
def test_the_clock_decides_the_century_of_two_digits(text: str, year: int) -> None:
    assert read_format(pa.array([text]), "%d.%m.%y", NOW)[0].as_py().year == year
    assert short_years(NOW) == (1937, 2036)
