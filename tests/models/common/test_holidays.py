"""Public holidays as inputs: of the right country, on the right days, around them, and as shares of periods."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.common.holidays import check_country, holiday_columns, holiday_share, holidays_between
from models.sales.data.calendar import Calendar
from nightcast.errors import SettingsError
from nightcast.values import to_date, to_day
from tests.models.sales.reference import day

# https://www.gov.uk/bank-holidays, England and Wales
ENGLAND_2024 = {
    day(text)
    for text in (
        "2024-01-01",
        "2024-03-29",
        "2024-04-01",
        "2024-05-06",
        "2024-05-27",
        "2024-08-26",
        "2024-12-25",
        "2024-12-26",
    )
}


@given(st.lists(st.dates(datetime.date(2024, 1, 5), datetime.date(2024, 12, 25)), max_size=12))
def test_columns_agree_with_a_list_of_dates(dates: list[datetime.date]) -> None:
    days = np.array([to_day(date) for date in dates], np.int64)
    columns = holiday_columns(days, "GB-ENG")
    assert columns.shape == (len(dates), 5)
    assert columns.dtype == np.float32
    for row, number in zip(columns.tolist(), days.tolist(), strict=True):
        around = [number, number - 1, number - 2, number + 1, number + 2]
        assert row == [float(one in ENGLAND_2024) for one in around]


def test_holidays_beyond_the_turn_of_the_year_are_seen() -> None:
    days = np.array([day("2023-12-30"), day("2024-12-31")])
    assert holiday_columns(days, "GB").tolist() == [[0, 0, 0, 0, 1], [0, 0, 0, 1, 0]]


def test_a_subdivision_has_holidays_of_its_own() -> None:
    saint_andrew = np.array([day("2023-11-30")])
    assert holiday_columns(saint_andrew, "GB-SCT")[0, 0] == 1
    assert holiday_columns(saint_andrew, "GB-ENG")[0, 0] == 0
    assert holiday_columns(saint_andrew, "GB")[0, 0] == 0


def test_holidays_of_some_days_have_their_names() -> None:
    days, names = holidays_between(day("2024-12-25"), day("2025-01-01"), "GB-ENG")
    assert days.tolist() == [day("2024-12-25"), day("2024-12-26"), day("2025-01-01")]
    assert names.tolist() == ["Christmas Day", "Boxing Day", "New Year's Day"]


@pytest.mark.parametrize("frequency", ["D", "W-SUN", "W-WED", "ME", "QS", "YS"])
def test_shares_agree_with_counting_days(frequency: str) -> None:
    calendar = Calendar(frequency)
    ordinals = np.unique(calendar.ordinal(np.arange(day("2021-12-20"), day("2024-02-10"))))
    first, last = calendar.first_day(ordinals), calendar.last_day(ordinals)
    shares = holiday_share(first, last, "GB-ENG")
    assert shares.dtype == np.float32
    for share, start, end in zip(shares, first, last, strict=True):
        days = np.arange(start, end + 1)
        assert share == pytest.approx(holiday_columns(days, "GB-ENG")[:, 0].mean())
    assert shares.max() > 0


def test_no_days_have_no_holidays() -> None:
    nothing = np.zeros(0, np.int64)
    assert holiday_columns(nothing, "DE").shape == (0, 5)
    assert holiday_share(nothing, nothing, "DE").shape == (0,)


def test_days_that_no_calendar_of_holidays_reaches_have_none() -> None:
    far = np.array([to_day(datetime.date(1700, 12, 25)), to_day(datetime.date(9000, 12, 25))])
    assert not holiday_columns(far, "DE").any()
    assert to_date(int(far[1])).year == 9000


@pytest.mark.parametrize(
    ("country", "near"),
    [
        ("gb", "'GB'"),
        ("UKK", "'UK'"),
        ("Germany", "'DE'"),
        ("united kingdom", "'GB'"),
        ("XX", "'"),
        ("GB-EN", "GB-ENG"),
    ],
)
def test_an_unknown_country_is_refused_with_the_nearest_code(country: str, near: str) -> None:
    for days in (np.zeros(0, np.int64), np.array([20_000])):
        with pytest.raises(SettingsError, match=f"Did you mean .*{near}"):
            holiday_columns(days, country)
    with pytest.raises(SettingsError, match=country):
        check_country(country)


def test_an_unknown_subdivision_is_told_which_there_are() -> None:
    with pytest.raises(SettingsError, match="ENG, NIR, SCT, WLS"):
        holiday_columns(np.array([20_000]), "GB-TX")
    with pytest.raises(SettingsError, match="country ''"):
        check_country("")
