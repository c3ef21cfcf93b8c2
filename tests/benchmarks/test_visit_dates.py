"""The figures of dates, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.visit_dates import Dated, coverage, dates_figures, waits_seen, weekday_ratios
from models.next_visit.data.intervals import known_rows
from tests.models.next_visit.reference import START, history_of

NEVER = math.inf


def dated(days: list[list[float]], wait: list[float], seen: int = 56) -> Dated:
    weekdays: NDArray[np.float64] = np.array([110.0, 90, 100, 100, 100, 3, 0])
    return Dated(np.array(days), np.array(wait), seen, weekdays, np.array([100.0, 100, 100, 100, 100, 1, 0]))


PARTS = [
    dated([[3, 9, 20], [3, 9, 20], [3, 9, 20], [3, 9, 20]], [2, 3, 20, 21]),
    dated([[5, 9, 80], [5, 9, math.nan], [70, math.nan, math.nan]], [4, NEVER, NEVER]),
]


def test_only_what_was_observed_counts() -> None:
    assert [value for _, value in coverage(PARTS)] == pytest.approx([4, 0.5, 0.25, 0.25, 6, 2 / 6])


def test_weekdays_are_those_of_all_parts() -> None:
    ratios, realised = weekday_ratios(PARTS)
    assert realised.tolist() == [200, 200, 200, 200, 200, 2, 0]
    assert ratios.tolist() == pytest.approx([1.1, 0.9, 1, 1, 1, 3, 0])


def test_figures_leave_out_weekdays_with_few_visits() -> None:
    values = {figure.name: figure.value for figure in dates_figures("shop", PARTS)}
    assert values["shop_largest_error_of_a_weekday"] == pytest.approx(0.1)
    assert values["shop_error_of_coverage_of_bounded_80_intervals"] == pytest.approx(0.3)


def test_waits_are_counted_from_the_as_of() -> None:
    history = history_of([[START, START + 10], [START, START + 12], [START]])
    assert waits_seen(history, known_rows(history, START + 10)).tolist() == [1, 3, NEVER]
