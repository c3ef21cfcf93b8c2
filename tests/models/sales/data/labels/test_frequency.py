from __future__ import annotations

import numpy as np
import pytest
from holidays import country_holidays

from models.sales.data.calendar import WEEKDAYS, Calendar, last_business_day, weekday
from models.sales.data.labels.frequency import doubt, resolve_calendar
from nightcast.errors import InputError
from nightcast.values import to_day
from tests.models.sales.reference import day

EDGES = ["MS", "ME", "QS", "QE", "YS", "YE"]
PLAIN = ["D", *(f"W-{name}" for name in WEEKDAYS), *EDGES, "QS-FEB", "QE-MAR", "YS-APR", "YE-APR"]
BUSINESS = [f"B{name}" for name in (*EDGES, "QE-FEB", "YE-APR")]


def labels(frequency: str, count: int, start: str = "2015-03-17") -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    calendar = Calendar(frequency)
    return calendar.label(calendar.ordinal(day(start)) + np.arange(count))


def random(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("frequency", [*PLAIN, *BUSINESS])
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


@pytest.mark.parametrize("frequency", BUSINESS)
def test_business_days_that_holidays_move_keep_their_calendar(frequency: str) -> None:
    rows, back = labels(frequency, 40), 1 if "E" in frequency[:3] else -1
    moved = np.where(np.arange(40) % 4 == 1, rows - back * np.where((rows + 3) % 7 < 2, 3, 1), rows)
    calendar = resolve_calendar("auto", moved)
    assert calendar.frequency == frequency
    assert calendar.names(moved).all()
    assert calendar.ordinal(moved).tolist() == Calendar(frequency).ordinal(rows).tolist()


@pytest.mark.parametrize("country", ["GB", "CH", "US", "JP", "CN"])
@pytest.mark.parametrize("frequency", EDGES)
def test_business_days_of_countries(frequency: str, country: str) -> None:
    closed = [to_day(holiday) for holiday in country_holidays(country, years=range(2014, 2028))]
    plain = labels(frequency, 12)
    moved, step = plain.copy(), 1 if frequency[1] == "S" else -1
    for _ in range(12):
        moved += step * ((weekday(moved) > 4) | np.isin(moved, closed))
    calendar = resolve_calendar("auto", moved)
    assert calendar.frequency == f"B{frequency}"
    assert calendar.ordinal(moved).tolist() == Calendar(frequency).ordinal(plain).tolist()
    assert calendar.names(moved).all()


def test_paydays_are_refused() -> None:
    days = np.array([day(f"2023-{month:02d}-15") for month in range(1, 13)])
    with pytest.raises(InputError, match="month"):
        resolve_calendar("auto", last_business_day(days))


@pytest.mark.parametrize("frequency", EDGES)
def test_a_setting_takes_business_days_from_the_rows(frequency: str) -> None:
    assert resolve_calendar(frequency, labels(f"B{frequency}", 20)).frequency == f"B{frequency}"
    assert resolve_calendar(frequency, labels(frequency, 20)).frequency == frequency


def test_month_ends_with_a_wrong_label_are_no_business_days() -> None:
    rows = labels("ME", 24)
    rows[3] -= 1
    assert resolve_calendar("auto", rows).frequency == "ME"


@pytest.mark.parametrize("count", [1, 2, 7, 400])
@pytest.mark.parametrize("start", ["2024-01-29", "2024-01-31", "2024-02-24", "2023-12-31"])
def test_daily_sales_are_daily_from_their_second_day_on(count: int, start: str) -> None:
    assert resolve_calendar("auto", day(start) + np.arange(count)).frequency == "D"


def test_days_decide_and_not_rows() -> None:
    """A market: thirty stalls on Saturdays, one of them on the other weekdays, too."""
    days = day("2024-01-01") + np.arange(200)
    days = days[days % 7 != 3]
    rows = np.repeat(days, np.where(days % 7 == 2, 30, 1))
    for known in (1, 2, 6, 30, len(days)):
        until = rows[rows <= days[known - 1]]
        assert resolve_calendar("auto", until).frequency == "D"


def test_typing_errors_do_not_hide_weeks() -> None:
    mondays = labels("W-MON", 50)
    wrong = mondays[:20] + random(1).integers(1, 7, 20)
    assert resolve_calendar("auto", np.append(np.repeat(mondays, 500), wrong)).frequency == "W-MON"


def test_the_weekday_of_a_first_or_last_day_comes_from_the_rows() -> None:
    assert resolve_calendar("WS", labels("W-SUN", 9)).frequency == "WS-SUN"
    assert resolve_calendar("WE", labels("W-SUN", 9)).frequency == "W-SUN"
    assert resolve_calendar("WS", labels("W-MON", 9)).frequency == "W-MON"
    assert resolve_calendar("WE", labels("W-MON", 9)).frequency == "WE-MON"


@pytest.mark.parametrize("unit", ["M", "Q", "Y"])
def test_dates_in_the_middle_are_refused(unit: str) -> None:
    with pytest.raises(InputError, match={"M": "month", "Q": "quarter", "Y": "year"}[unit]):
        resolve_calendar("auto", labels(f"{unit}S", 12) + 14)


@pytest.mark.parametrize("weeks", [(4, 4, 5), (4, 5, 4), (5, 4, 4), (4,), (13,), (52, 52, 52, 53)])
def test_retail_months_of_whole_weeks_are_refused(weeks: tuple[int, ...]) -> None:
    ends = day("2020-02-01") + 7 * np.cumsum(np.tile(weeks, 8))
    with pytest.raises(InputError, match="4-4-5"):
        resolve_calendar("auto", ends)
    assert resolve_calendar("W", ends).frequency == "W-SAT"


def doubt_of(setting: str, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> str:
    return doubt(setting, resolve_calendar(setting, rows), rows)


@pytest.mark.parametrize("frequency", ["D", "W-SUN", "MS", "BME", "QE", "YS"])
def test_nothing_is_doubtful_about_an_ordinary_source(frequency: str) -> None:
    assert doubt_of("auto", labels(frequency, 50)) == ""
    assert doubt_of(frequency.removeprefix("B"), labels(frequency, 50)) == ""


def test_irregular_dates_are_said() -> None:
    assert "irregular" in doubt_of("auto", day("2024-01-01") + np.unique(random(2).integers(0, 400, 60)))
    assert "gaps" in doubt_of("auto", labels("W-SUN", 50)[::2])
    assert doubt_of("D", day("2024-01-01") + 2 * np.arange(60)) == ""


def test_data_that_contradict_the_setting_are_said() -> None:
    assert "although" in doubt_of("D", labels("ME", 24))
    assert "although" in doubt_of("B", labels("W-FRI", 24))
    assert "14%" in doubt_of("W-MON", day("2024-01-01") + np.arange(70))


@pytest.mark.parametrize("start", ["2015-03-17", "2019-08-17", "2021-01-17"])
def test_last_fridays_are_no_business_days_in_whatever_years(start: str) -> None:
    ends = labels("ME", 40, start)
    fridays = ends - (weekday(ends) - 4) % 7
    with pytest.raises(InputError, match="always on one weekday"):
        resolve_calendar("auto", fridays)
    assert resolve_calendar("auto", last_business_day(ends)).frequency == "BME"


def test_last_fridays_that_are_set_to_be_months_are_pointed_out() -> None:
    ends = labels("ME", 69, "2021-01-17")
    fridays = ends - (weekday(ends) - 4) % 7
    calendar = resolve_calendar("ME", fridays)
    assert calendar.frequency == "BME"
    assert "Friday, 2026-09-25" in doubt("ME", calendar, fridays)
    business = last_business_day(ends)
    assert doubt("ME", resolve_calendar("ME", business), business) == ""
