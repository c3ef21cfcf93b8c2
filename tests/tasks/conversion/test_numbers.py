"""Numbers and texts to doubles: what is unknown, and what is unreadable."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.conversion.marks import is_unknown_mark
from tasks.conversion.number_forms import written_form
from tasks.conversion.numbers import LARGEST_NUMBER, to_numbers


@given(st.lists(st.floats(-LARGEST_NUMBER, LARGEST_NUMBER)))
def test_numbers_as_text_are_the_same_to_the_last_digit(values: list[float]) -> None:
    numbers = to_numbers(pa.array([repr(value) for value in values], pa.string()))
    assert numbers.value.tolist() == values
    assert not numbers.unreadable.any()


@given(st.text(max_size=12))
@example("1_000")
@example("0x10")
@example("1,5")
@example("infinity")
@example("1e999")
@example("1e15")
@example("-1e15")
@example("1000000000000001")
@example("True")
@example("\uff11\uff12")  # digits of another script
def test_a_text_is_a_number_unknown_or_unreadable(text: str) -> None:
    numbers = to_numbers(pa.array([text]))
    value, unreadable = float(numbers.value[0]), bool(numbers.unreadable[0])
    plain = text.strip()
    try:
        expected = float(plain) if plain.isascii() and "_" not in plain else math.nan
    except ValueError:
        expected = math.nan
    if abs(expected) <= LARGEST_NUMBER:
        assert (value, unreadable) == (expected, False)
    else:
        assert math.isnan(value)
        assert unreadable == (not is_unknown_mark(pa.array([text]))[0])


@pytest.mark.parametrize(
    "mark", ["\\N", "NULL", "null", "NA", "N/A", "#N/A", "-", "\u2013", "nan", "NaN", "None", " na ", ""]
)
def test_marks_of_nothing_are_unknown(mark: str) -> None:
    for form in (None, written_form(",")):
        numbers = to_numbers(pa.array(["1", mark, None]), form)
        assert np.isnan(numbers.value[1:]).all()
        assert not numbers.unreadable.any()


def test_numbers_of_every_type() -> None:
    cases = {
        "double": pa.array([1.5, math.nan, math.inf, -math.inf, None]),
        "text": pa.array([" 1.5 ", "1.5x", "inf", "-inf", ""]),
        "large text": pa.array(["1.5", "x", "Infinity", "--1", None], pa.large_string()),
    }
    for values in cases.values():
        numbers = to_numbers(values)
        assert numbers.value[0] == 1.5
        assert np.isnan(numbers.value[1:]).all()
        assert numbers.unreadable.tolist() == [False, True, True, True, False]
    assert to_numbers(pa.array([1, None])).value.tolist()[0] == 1.0
    assert len(to_numbers(pa.array([], pa.string())).value) == 0


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1e15, -1e15, 1.0001e15, -2e15, 1.7e308]),
        pa.array(["1e15", "-1000000000000000", "1000100000000000.5", "-2e15", "1.7e308"]),
        pa.array([10**15, -(10**15), 10**15 + 1, -2 * 10**15, 2**63 - 1]),
    ],
)
def test_numbers_too_large_to_reckon_with_are_unreadable(values: pa.Array) -> None:
    numbers = to_numbers(values)
    assert numbers.value.tolist()[:2] == [1e15, -1e15]
    assert np.isnan(numbers.value[2:]).all()
    assert numbers.unreadable.tolist() == [False, False, True, True, True]
