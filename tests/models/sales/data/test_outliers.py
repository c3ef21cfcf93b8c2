from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.sales.data.outliers import ALONE, FAR, FEW, FEWEST, without_outliers
from tests.models.sales.shop import panel_of


def outliers_slowly(values: list[float]) -> list[bool]:
    """The rule, value by value."""
    sizes = sorted(abs(value) for value in values if not math.isnan(value) and value != 0)
    if len(sizes) < FEWEST:
        return [False] * len(values)
    few = max(1, len(sizes) // FEW)
    median, usual = sizes[(len(sizes) - 1) // 2], sizes[len(sizes) - 1 - few]
    return [abs(value) > FAR * median and abs(value) > ALONE * usual for value in values]


amounts = st.sampled_from([math.nan, 0.0, 1.0, -1.0, 2.0, 99.0, 150.0, 2_000.0, -1e12, 1e15])


@given(st.lists(st.lists(amounts, min_size=12, max_size=12), min_size=1, max_size=4))
def test_outliers_agree_with_the_rule(values: list[list[float]]) -> None:
    panel = panel_of(np.array(values))
    before = panel.values.copy()
    cleaned = without_outliers(panel)
    cells = before.tolist()
    expected = [outliers_slowly(row) for row in cells]
    assert cleaned.outliers.tolist() == [sum(row) for row in expected]
    np.testing.assert_array_equal(cleaned.values, np.where(expected, math.nan, before) if before.size else before)
    np.testing.assert_array_equal(panel.values, before)


def test_repeated_large_orders_and_new_levels_are_no_outliers() -> None:
    orders = np.tile([1.0, 2, 1, 3, 1, 2, 500], 10)
    risen = np.where(np.arange(70) < 60, 1.0, 500.0)
    assert without_outliers(panel_of(np.vstack([orders, risen]))).outliers.tolist() == [0, 0]


def test_outliers_are_removed_once() -> None:
    values = np.array([[1.0, 1, 2, 1, 300, 1, 1, 2, 1e9]])
    cleaned = without_outliers(panel_of(values))
    assert cleaned.outliers.tolist() == [1]
    assert without_outliers(cleaned) is cleaned
