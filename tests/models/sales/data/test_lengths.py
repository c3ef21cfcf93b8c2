from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from models.sales.data.calendar import Calendar, month_of, month_start
from models.sales.data.lengths import published_steps, resolve_lengths
from models.sales.settings import SalesSettings, SpanName
from tests.models.sales.reference import day
from tests.models.sales.shop import panel_of


def test_a_season_of_one_hundred_days_keeps_windows_affordable() -> None:
    panel = panel_of(np.ones((1, 9)), settings=SalesSettings(season=100))
    assert panel.lengths.reach == 200


@pytest.mark.parametrize(("look_back", "expected"), [("auto", 63), (60, 63), (3, 3), (14, 14)])
def test_a_look_back_is_a_whole_number_of_patches(look_back: int, expected: int) -> None:
    lengths = resolve_lengths(SalesSettings(look_back=look_back), Calendar("D"))
    assert (lengths.look_back, lengths.look_back % lengths.patch) == (expected, 0)


@pytest.mark.parametrize(
    ("horizon", "frequency", "as_of", "steps"),
    [
        ("to the end of the month", "D", "2024-02-29", 1),
        ("to the end of the month", "D", "2024-02-01", 29),
        ("to the end of next month", "D", "2024-07-01", 62),
        ("to the end of the year", "D", "2024-01-01", 366),
        ("to the end of the month", "B", "2024-06-03", 20),
        ("to the end of the month", "W-MON", "2024-06-01", 5),  # labelled 27 May, 3, 10, 17 and 24 June
        ("to the end of the month", "W-SUN", "2024-06-30", 1),
        ("to the end of the month", "W-SUN", "2024-07-29", 1),  # its label lies in August
        ("to the end of next month", "MS", "2024-12-15", 2),
        ("to the end of the year", "ME", "2024-12-15", 1),
        ("to the end of the year", "QS", "2024-06-15", 3),
    ],
)
def test_a_horizon_to_a_date_has_the_periods_labelled_before_it(
    horizon: SpanName, frequency: str, as_of: str, steps: int
) -> None:
    settings, calendar = SalesSettings(horizon=horizon), Calendar(frequency)
    assert published_steps(settings, calendar, day(as_of)) == steps
    assert resolve_lengths(settings, calendar).horizon >= steps


@pytest.mark.parametrize("horizon", get_args(SpanName))
@pytest.mark.parametrize("frequency", ["D", "B", "W-MON", "W-SUN", "MS", "ME", "QS", "YS"])
def test_no_as_of_has_more_steps_than_a_model_forecasts(horizon: SpanName, frequency: str) -> None:
    settings, calendar = SalesSettings(horizon=horizon), Calendar(frequency)
    most = resolve_lengths(settings, calendar).horizon
    ends = {"to the end of the month": 1, "to the end of next month": 2}
    as_of = np.arange(day("2023-01-01"), day("2029-01-01"))
    month = month_of(as_of)
    end = month_start(month + ends.get(horizon, 12 - month % 12))
    assert (calendar.label(calendar.ordinal(as_of) + most) >= end).all()


def test_a_number_of_periods_is_published_as_it_is() -> None:
    assert published_steps(SalesSettings(horizon=3), Calendar("D"), 20_000) is None
