from __future__ import annotations

import numpy as np
import pytest

from models.sales.data.calendar import WEEKDAYS, Calendar
from models.sales.data.frequency import resolve_calendar
from nightcast.errors import InputError
from tests.models.sales.reference import day

PLAIN = ["D", *(f"W-{name}" for name in WEEKDAYS), "MS", "ME", "QS", "QE", "YS", "YE"]


def labels(frequency: str, count: int, start: str = "2015-03-17") -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    calendar = Calendar(frequency)
    return calendar.label(calendar.ordinal(day(start)) + np.arange(count))


@pytest.mark.parametrize("frequency", [*PLAIN, "QS-FEB", "QE-MAR", "YS-APR"])
def test_auto_finds_the_calendar_of_its_labels(frequency: str) -> None:
    assert resolve_calendar("auto", labels(frequency, 20)).frequency == frequency


@pytest.mark.parametrize("frequency", ["W-TUE", "MS", "ME"])
def test_a_stray_date_does_not_hide_the_calendar(frequency: str) -> None:
    rows = np.append(labels(frequency, 20), day("2015-08-15"))
    assert resolve_calendar("auto", rows).frequency == frequency


def test_a_bare_week_takes_the_weekday_of_the_rows() -> None:
    assert resolve_calendar("W", labels("W-SAT", 9)).frequency == "W-SAT"


def test_days_with_gaps_stay_days() -> None:
    rows = np.arange(day("2020-01-01"), day("2020-06-01"))
    assert resolve_calendar("auto", rows[rows % 7 != 2]).frequency == "D"
    assert resolve_calendar("auto", rows[:1]).frequency == "D"
    assert resolve_calendar("auto", rows[:0]).frequency == "D"


def test_months_dated_in_the_middle_are_refused() -> None:
    rows = np.array([day(f"2020-{month:02d}-15") for month in range(1, 13)])
    with pytest.raises(InputError, match="month"):
        resolve_calendar("auto", rows)
