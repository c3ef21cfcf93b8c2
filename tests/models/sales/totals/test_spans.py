"""The spans of time over which forecasts are added up."""

from __future__ import annotations

import numpy as np
import pytest

from models.sales.data.calendar import Calendar
from models.sales.totals.spans import HORIZON, MONTH, PERIOD, WEEK, Span, spans_of, sums
from tests.models.sales.reference import day


def of(frequency: str, as_of: str, horizon: int, name: str) -> list[tuple[int, int, bool]]:
    """The spans of one name: first step, last step, and whether it is whole."""
    calendar = Calendar(frequency)
    spans = spans_of(calendar, int(calendar.ordinal(day(as_of))), horizon)
    return [(span.first, span.last, span.is_whole) for span in spans if span.name == name]


def test_days_have_weeks_from_monday_and_months() -> None:
    assert of("D", "2024-06-05", 12, WEEK) == [(0, 4, False), (5, 11, True)]  # from a Wednesday to a Sunday
    assert of("D", "2024-06-03", 8, WEEK) == [(0, 6, True), (7, 7, False)]
    assert of("D", "2024-06-01", 31, MONTH) == [(0, 29, True), (30, 30, False)]
    assert of("D", "2024-06-02", 29, MONTH) == [(0, 28, False)]
    assert of("D", "2024-06-02", 3, PERIOD) == [(0, 0, True), (1, 1, True), (2, 2, True)]
    assert of("D", "2024-06-02", 3, HORIZON) == [(0, 2, True)]


def test_a_week_of_business_days_is_whole_without_its_weekend() -> None:
    assert of("B", "2024-06-03", 10, WEEK) == [(0, 4, True), (5, 9, True)]


def test_a_week_belongs_to_the_month_of_its_label() -> None:
    assert of("W-MON", "2024-06-10", 4, MONTH) == [(0, 2, False), (3, 3, False)]  # labelled 10, 17, 24 June, 1 July
    assert of("W-SUN", "2024-06-24", 6, MONTH) == [(0, 0, False), (1, 4, True), (5, 5, False)]  # 30 June, 7 July, ...
    assert of("W-MON", "2024-06-10", 4, WEEK) == []


@pytest.mark.parametrize("frequency", ["MS", "ME", "QS", "YE"])
def test_longer_periods_are_not_spans_a_second_time(frequency: str) -> None:
    assert of(frequency, "2024-06-01", 3, WEEK) == of(frequency, "2024-06-01", 3, MONTH) == []
    assert of(frequency, "2024-06-01", 3, HORIZON) == [(0, 2, True)]


def test_sums_are_those_of_the_steps() -> None:
    spans = [Span(PERIOD, 0, 0), Span(WEEK, 1, 3), Span(HORIZON, 0, 3)]
    values = np.arange(24.0).reshape(2, 3, 4)
    expected = np.stack([values[..., 0], values[..., 1:].sum(axis=-1), values.sum(axis=-1)], axis=-1)
    np.testing.assert_allclose(sums(values, spans), expected)
