from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sales.data.calendar import WEEKDAYS, Calendar
from nightcast.errors import SettingsError
from nightcast.values import to_date, to_day
from tests.models.sales import reference
from tests.models.sales.reference import day, text

EDGES = ["MS", "ME", "QS", "QE", "YS", "YE"]
PLAIN = ["D", *(f"{kind}-{name}" for kind in ("W", "WS", "WE") for name in WEEKDAYS), *EDGES, *(f"B{e}" for e in EDGES)]
dates = st.dates(datetime.date(1850, 1, 1), datetime.date(2150, 12, 31))


@given(frequency=st.sampled_from(PLAIN), date=dates)
def test_periods_agree_with_walking_the_calendar(frequency: str, date: datetime.date) -> None:
    calendar = Calendar(frequency)
    ordinal = calendar.ordinal(to_day(date))
    days = tuple(to_date(int(f(ordinal))) for f in (calendar.first_day, calendar.last_day, calendar.label))
    assert days == reference.covered(frequency, date)


@given(frequency=st.sampled_from([*PLAIN, "B", "QS-FEB", "YE-MAR"]), ordinal=st.integers(-2_000, 2_000))
def test_ordinals_are_consecutive_and_come_back(frequency: str, ordinal: int) -> None:
    calendar = Calendar(frequency)
    assert calendar.ordinal(calendar.label(ordinal)) == ordinal
    assert calendar.ordinal(calendar.last_day(ordinal)) == ordinal
    assert calendar.first_day(ordinal + 1) > calendar.last_day(ordinal)
    assert calendar.names(calendar.label(ordinal))


@given(dates)
def test_business_days_skip_weekends(date: datetime.date) -> None:
    calendar = Calendar("B")
    label = to_date(int(calendar.label(calendar.ordinal(to_day(date)))))
    expected = date
    while expected.weekday() > 4:
        expected += datetime.timedelta(days=1)
    assert label == expected
    assert bool(calendar.names(to_day(date))) == (date.weekday() < 5)


def test_a_fiscal_quarter_starts_in_its_own_month() -> None:
    calendar = Calendar("QS-FEB")
    ordinal = calendar.ordinal(day("2024-04-30"))
    assert text(int(calendar.first_day(ordinal))) == "2024-02-01"
    assert text(int(calendar.last_day(ordinal))) == "2024-04-30"


@pytest.mark.parametrize("frequency", ["BME", "BMS", "BQE-FEB"])
def test_a_holiday_moves_the_label_of_a_business_day(frequency: str) -> None:
    calendar = Calendar(frequency)
    ordinal = calendar.ordinal(day("2024-03-10"))
    first, last, label = (int(of(ordinal)) for of in (calendar.first_day, calendar.last_day, calendar.label))
    moved = np.arange(max(label - 4, first), min(label + 4, last) + 1)
    assert calendar.names(moved).all()
    assert not calendar.names((first + last) // 2)


@pytest.mark.parametrize(
    "frequency",
    ["", "H", "W", "W-XXX", "MS-FEB", "auto", "month", "B-MON", "BB", "BW-SUN", "BMS-FEB", "D-", "WS"],
)
def test_an_unknown_frequency_is_refused(frequency: str) -> None:
    with pytest.raises(SettingsError, match="not known"):
        Calendar(frequency)
