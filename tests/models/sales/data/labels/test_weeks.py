"""Whether labels are first or last days of weeks: what the newest row tells, and what is said."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest

from models.sales.data.calendar import WEEKDAYS, Calendar
from models.sales.data.labels.frequency import resolve_calendar
from models.sales.data.labels.weeks import Labels, settle_weeks
from nightcast.values import to_day

WEEKS = 120
SATURDAY = to_day(datetime.date(2026, 10, 31))


def days_of(last_label: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return last_label - 7 * np.arange(WEEKS)[::-1]


def labels_of(last_label: int, as_of: int, share: float = 1.0, **options: Any) -> Labels:
    """Weekly sales of two series whose newest week before the as-of has a share of the usual."""
    days = days_of(last_label)
    value = 100 + 5 * np.random.default_rng(1).standard_normal(WEEKS)
    value[-1] = 100 * share
    newest = {"newest": last_label, "future": np.zeros(0, np.int64), "today": as_of, **options}
    return Labels(np.tile(days, 2), np.concatenate([value, 3 * value]), as_of, **newest)


def settled(labels: Labels, setting: str = "auto") -> tuple[str, str]:
    calendar, said = settle_weeks(setting, resolve_calendar(setting, labels.day.astype(np.int64)), labels)
    return calendar.frequency, said


@pytest.mark.parametrize("index", range(1, 7))
@pytest.mark.parametrize("passed", [1, 2, 3, 4, 5])
def test_an_incomplete_newest_row_is_labelled_by_its_first_day(index: int, passed: int) -> None:
    label = SATURDAY - 5 + index
    frequency, said = settled(labels_of(label, label + passed, passed / 7))
    assert frequency == f"WS-{WEEKDAYS[index]}"
    assert "first" in said
    assert '"WE"' in said


@pytest.mark.parametrize("passed", range(1, 8))
def test_a_whole_newest_row_is_labelled_by_its_last_day(passed: int) -> None:
    for share in (0.9, 1.0, 1.3):
        frequency, said = settled(labels_of(SATURDAY, SATURDAY + passed, share))
        assert frequency == "W-SAT"
        assert '"WS"' in said


def test_a_label_after_today_is_a_last_day() -> None:
    labels = labels_of(SATURDAY - 7, SATURDAY - 2, 0.5, future=np.array([SATURDAY, SATURDAY + 700]))
    frequency, said = settled(labels)
    assert frequency == "W-SAT"
    assert "2026-10-31" in said


def test_a_drop_that_came_before_is_no_incomplete_week() -> None:
    labels = labels_of(SATURDAY, SATURDAY + 4, 0.6)
    labels.value[[60, WEEKS + 60]] *= 0.5
    assert settled(labels)[0] == "W-SAT"


def test_where_nothing_tells_nights_agree_with_the_model_that_serves() -> None:
    """On the sixth day, and where later rows are known, the newest row looks whole."""
    for labels in (
        labels_of(SATURDAY, SATURDAY + 6, 0.97, served="WS-SAT"),
        labels_of(SATURDAY, SATURDAY + 3, 1.0, served="WS-SAT", newest=SATURDAY + 70),
    ):
        assert settled(labels)[0] == "WS-SAT"
    assert settled(labels_of(SATURDAY, SATURDAY + 6, 0.97, served="WS-SUN"))[0] == "W-SAT"
    assert settled(labels_of(SATURDAY, SATURDAY + 6, 0.97, served="D"))[0] == "W-SAT"


def test_every_night_of_a_source_has_the_same_weeks() -> None:
    """Sales of 1 a day, labelled by the Sunday that begins their week, as each night finds them."""
    served, seen = "", set()
    for as_of in range(SATURDAY, SATURDAY + 21):
        label = (as_of - 1 - (SATURDAY + 1)) // 7 * 7 + SATURDAY + 1
        labels = labels_of(label, as_of, (as_of - label) / 7, served=served)
        served = settled(labels)[0]
        seen.add(served)
    assert seen <= {"W-SUN", "WS-SUN"}
    assert served == "WS-SUN"
    assert [settled(labels_of(SATURDAY + 1, SATURDAY + 1 + k, k / 7, served=served))[0] for k in range(1, 8)] == [
        "WS-SUN"
    ] * 7


def test_mondays_begin_their_week_and_nothing_is_said() -> None:
    monday = SATURDAY - 5
    assert settled(labels_of(monday, monday + 3, 3 / 7)) == ("W-MON", "")
    assert settled(labels_of(monday, monday + 2, 1.0)) == ("W-MON", "")
    frequency, said = settled(labels_of(monday - 7, monday - 2, 1.0, future=np.array([monday])))
    assert frequency == "W-MON"
    assert '"WE"' in said


@pytest.mark.parametrize(
    ("setting", "frequency"), [("WS", "WS-SAT"), ("WE", "W-SAT"), ("W-SAT", "W-SAT"), ("W", "WS-SAT")]
)
def test_a_setting_stays_and_what_speaks_against_it_is_said(setting: str, frequency: str) -> None:
    found, said = settled(labels_of(SATURDAY, SATURDAY + 3, 3 / 7), setting)
    assert found == frequency
    assert (said == "") == (setting == "WS")
    found, said = settled(labels_of(SATURDAY, SATURDAY + 3, 1.0), setting)
    assert (said == "") == (setting in ("WE", "W-SAT"))


def test_little_history_and_returns_tell_nothing() -> None:
    few = labels_of(SATURDAY, SATURDAY + 3, 3 / 7)
    for labels in (
        Labels(few.day[-5:], few.value[-5:], few.as_of, few.newest, few.future, few.today),
        Labels(few.day, -few.value, few.as_of, few.newest, few.future, few.today),
        Labels(few.day, np.full(len(few.day), np.nan), few.as_of, few.newest, few.future, few.today),
    ):
        frequency, said = settled(labels)
        assert frequency == "W-SAT"
        assert "usual" in said


def test_a_newest_row_whose_values_are_unknown_tells_nothing() -> None:
    labels = labels_of(SATURDAY, SATURDAY + 3, served="WS-SAT")
    labels.value[labels.day == SATURDAY] = np.nan
    assert settled(labels)[0] == "WS-SAT"


def test_other_calendars_are_left_alone() -> None:
    labels = labels_of(SATURDAY, SATURDAY + 3)
    assert settle_weeks("auto", Calendar("MS"), labels) == (Calendar("MS"), "")
    nothing = np.zeros(0, np.int64)
    empty = Labels(nothing, np.zeros(0), SATURDAY, -1, nothing, SATURDAY)
    assert settle_weeks("W", Calendar("W-SUN"), empty) == (Calendar("W-SUN"), "")
