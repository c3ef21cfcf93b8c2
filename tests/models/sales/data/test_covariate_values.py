"""Which numbers of a covariate are marks for "unknown", and which are values after all."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models.common.arrays import Floats, Integers
from models.sales.data.covariate_values import CovariateCells, Mark, distinct, without_marks

WEATHER = np.round(np.random.default_rng(3).normal(15, 5, 80), 1)
FLAGS = np.where(np.arange(80) % 9 == 0, 1.0, 0.0)
VISITORS = np.random.default_rng(4).integers(0, 4_000, 80).astype(float)
AWAY = np.array([5, 40, 77])
Places = Integers | slice


def marks_in(values: Floats, series: int = -1) -> dict[float, int]:
    cells = CovariateCells(np.full(len(values), series), np.arange(len(values)), values)
    kept, marks = without_marks(cells, "weather")
    assert np.isnan(kept.value).sum() - np.isnan(values).sum() == sum(mark.rows for mark in marks)
    assert all(mark.name == "weather" for mark in marks)
    return {mark.value: mark.rows for mark in marks}


def with_values(values: Floats, places: Places, *marks: float) -> Floats:
    changed = values.copy()
    changed[places] = np.resize(marks, len(changed[places]))
    return changed


@pytest.mark.parametrize("mark", [-999.0, -9999.0, -99.0, -99.9, 999.0, 9999.0, -32768.0])
@pytest.mark.parametrize("places", [AWAY, np.array([77]), slice(0, 50)], ids=["some", "one ahead", "most"])
def test_a_mark_far_from_the_weather_is_unknown(mark: float, places: Places) -> None:
    values = with_values(WEATHER, places, mark)
    assert marks_in(values) == {mark: int((values == mark).sum())}


@pytest.mark.parametrize("mark", [-99.0, -99.9, -999.0, 999.0])
def test_a_wide_range_of_weather_has_marks_too(mark: float) -> None:
    assert marks_in(with_values(2 * WEATHER - 20, AWAY, mark)) == {mark: 3}


def test_several_marks_are_told_apart() -> None:
    assert marks_in(with_values(WEATHER, AWAY, -999.0, 9999.0)) == {-999.0: 2, 9999.0: 1}


@pytest.mark.parametrize("mark", [-1.0, -9.0, -999.0, 99.0, 9999.0])
def test_what_is_otherwise_0_or_1_has_no_third_value_that_is_a_mark(mark: float) -> None:
    assert marks_in(with_values(FLAGS, AWAY, mark)) == {mark: 3}


@pytest.mark.parametrize("value", [-9.0, 0.0, -1.0, 40.0])
def test_frost_and_heat_are_weather(value: float) -> None:
    assert marks_in(with_values(WEATHER, AWAY, value)) == {}


@pytest.mark.parametrize("mark", [-99.0, -999.0])
def test_what_is_never_negative_has_no_mark_as_a_value(mark: float) -> None:
    assert marks_in(with_values(VISITORS, AWAY, mark)) == {mark: 3}


@pytest.mark.parametrize("value", [999.0, 9999.0, 99.0])
def test_a_number_of_visitors_may_look_like_a_mark(value: float) -> None:
    assert marks_in(with_values(VISITORS, AWAY, value)) == {}


def test_a_rare_event_is_no_mark() -> None:
    for spots in (999.0, 5_000.0, 99.0):
        assert marks_in(with_values(np.zeros(80), AWAY, spots)) == {}
    assert marks_in(with_values((np.arange(80) % 4).astype(float), AWAY, 60.0)) == {}


def test_an_article_may_cost_999() -> None:
    cheap, dear = np.tile([1.0, 2.0, 3.0], 20), np.full(60, 999.0)
    series, time = np.repeat([0, 1], 60), np.tile(np.arange(60), 2)
    assert without_marks(CovariateCells(series, time, np.concatenate([cheap, dear])), "price")[1] == ()
    cheap[7] = 999.0
    kept, marks = without_marks(CovariateCells(series, time, np.concatenate([cheap, dear])), "price")
    assert marks == (Mark("price", 999.0, 1),)
    assert np.flatnonzero(np.isnan(kept.value)).tolist() == [7]


def test_any_number_that_a_measured_quantity_repeats_far_away_is_a_mark() -> None:
    assert marks_in(with_values(WEATHER, AWAY, -777.0)) == {-777.0: 3}
    assert marks_in(with_values(WEATHER, AWAY, 555.0)) == {555.0: 3}
    assert marks_in(with_values(WEATHER, AWAY[:1], 60.0)) == {}


def test_a_handful_of_values_tells_nothing() -> None:
    assert marks_in(np.array([1.0, 2.0, -999.0, math.nan])) == {}


def test_the_greatest_known_value_of_a_day_counts_in_any_order() -> None:
    rows = [(0, 1, 2.0), (0, 1, 5.0), (0, 1, math.nan), (1, 1, math.nan), (1, 1, math.nan), (0, 2, 4.0), (0, 2, 4.0)]
    for order in (rows, rows[::-1]):
        series, day, value = (np.array(column) for column in zip(*order, strict=True))
        cells, differing = distinct(series, day, value)
        assert differing == 1
        np.testing.assert_array_equal(cells.value, [5.0, 4.0, np.nan])
        assert list(zip(cells.series, cells.time, strict=True)) == [(0, 1), (0, 2), (1, 1)]
