from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sales.data.build import build_panel
from models.sales.data.calendar import Calendar
from models.sales.data.outliers import ALONE, FAR, FEW, FEWEST, RUN
from models.sales.settings import SalesSettings
from tests.models.sales.shop import panel_of


def outliers_slowly(values: list[float]) -> list[bool]:
    """The rule, value by value."""
    sizes = sorted(abs(value) for value in values if not math.isnan(value) and value != 0)
    if len(sizes) < FEWEST:
        return [False] * len(values)
    few = max(1, len(sizes) // FEW)
    median, usual = sizes[(len(sizes) - 1) // 2], sizes[len(sizes) - 1 - few]
    far = [abs(value) > FAR * median and abs(value) > ALONE * usual for value in values]
    sales = [place for place, value in enumerate(values) if value and not math.isnan(value)]
    runs: list[list[int]] = []
    for before, place in zip([None, *sales], sales, strict=False):
        goes_on = before is not None and far[place] and far[before]
        if goes_on and 1 / ALONE <= abs(values[place] / values[before or 0]) <= ALONE:
            runs[-1].append(place)
        else:
            runs.append([place])
    levels = {place for run in runs if len(run) >= RUN for place in run}
    return [is_far and place not in levels for place, is_far in enumerate(far)]


amounts = st.sampled_from([math.nan, 0.0, 1.0, -1.0, 2.0, 99.0, 150.0, 2_000.0, -1e12, 1e15])


@given(st.lists(st.lists(amounts, min_size=12, max_size=12), min_size=1, max_size=4))
def test_outliers_agree_with_the_rule(values: list[list[float]]) -> None:
    panel = panel_of(np.array(values))
    before = panel.values.copy()
    cleaned = panel.without_outliers()
    cells = before.tolist()
    expected = [outliers_slowly(row) for row in cells]
    assert cleaned.outlier_count.tolist() == [sum(row) for row in expected]
    np.testing.assert_array_equal(cleaned.values, np.where(expected, math.nan, before) if before.size else before)
    np.testing.assert_array_equal(panel.values, before)


def test_repeated_large_orders_and_new_levels_are_no_outliers() -> None:
    orders = np.tile([1.0, 2, 1, 3, 1, 2, 500], 10)
    risen = np.where(np.arange(70) < 60, 1.0, 500.0)
    assert panel_of(np.vstack([orders, risen])).without_outliers().outlier_count.tolist() == [0, 0]


@pytest.mark.parametrize("frequency", ["D", "W-SUN", "MS"])
@pytest.mark.parametrize(("before", "after"), [(3.0, 600.0), (600.0, 3.0), (600.0, 0.0), (-3.0, -600.0)])
@pytest.mark.parametrize("periods", [3, 14])
def test_a_level_that_lasts_is_believed_up_or_down(frequency: str, before: float, after: float, periods: int) -> None:
    calendar = Calendar(frequency)
    values = np.where(np.arange(150) < 150 - periods, before, after) * np.tile([1.0, 1.2, 0.9], 50)
    labels = calendar.label(np.arange(150))
    panel = build_panel(
        np.zeros(150), labels, values, 1, int(calendar.first_day(150)), frequency="auto", settings=SalesSettings()
    )
    assert panel.length == 150
    assert panel.without_outliers().outlier_count.tolist() == [0]


def test_outliers_are_removed_once() -> None:
    values = np.array([[1.0, 1, 2, 1, 300, 1, 1, 2, 1e9]])
    cleaned = panel_of(values).without_outliers()
    assert cleaned.outlier_count.tolist() == [1]
    assert cleaned.without_outliers() is cleaned


def test_values_at_a_new_level_are_disbelieved_until_there_are_enough_of_them() -> None:
    usual = np.tile([2.0, 3, 4, 0, math.nan, 3, 2], 100)
    for days, expected in enumerate([0, 1, 2, 0, 0, 0]):
        values = np.concatenate([usual, np.full(days, 600.0)])
        assert panel_of(values[None]).without_outliers().outlier_count.tolist() == [expected]
    orders = [600.0, 0, 600, math.nan, 600, 2, 600, 600, 60_000, 600, 1e9, 1e9]
    cleaned = panel_of(np.concatenate([usual, orders])[None]).without_outliers()
    known = ~np.isnan(cleaned.values[0, len(usual) :])
    assert known.tolist() == [True, True, True, False, True, True, *[False] * 6]


@given(st.lists(st.lists(amounts, min_size=12, max_size=12), min_size=1, max_size=4), st.data())
def test_some_of_the_series_keep_their_outliers(values: list[list[float]], data: st.DataObject) -> None:
    panel = panel_of(np.array(values))
    places = data.draw(st.lists(st.integers(0, len(values) - 1), min_size=1))
    some, alone = panel.without_outliers().take(np.array(places)), panel.take(np.array(places)).without_outliers()
    assert some.outliers is not None
    assert alone.outliers is not None
    for name, expected in vars(alone.outliers).items():
        np.testing.assert_array_equal(vars(some.outliers)[name], expected)
