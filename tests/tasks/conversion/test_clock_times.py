"""Times of day as people write them."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tasks.conversion.clock_times import times_of_day


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("10:15", "10:15:00"),
        (" 9:05", "09:05:00"),
        ("09.05", "09:05:00"),
        ("9h05", "09:05:00"),
        ("0905", "09:05:00"),
        ("9:05 PM", "21:05:00"),
        ("12:10 a.m.", "00:10:00"),
        ("10:15:30.25", "10:15:30.25"),
        ("1899-12-30 10:15:00", "10:15:00"),
        ("0.5", "12:00:00"),
        (",25", "06:00:00"),
        ("", ""),
        ("25:00", None),
        ("10:75", None),
        ("13:00 PM", None),
        ("noon", None),
    ],
)
@pytest.mark.parametrize("neighbours", [[], ["x", "0.25"]])
def test_times(text: str, time: str | None, neighbours: list[str]) -> None:
    assert times_of_day(pa.array([text, *neighbours]))[0].as_py() == time
