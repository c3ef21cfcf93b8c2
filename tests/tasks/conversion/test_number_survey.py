"""How the numbers of a column are written: found, or refused where they can be read in two ways."""

from __future__ import annotations

import pyarrow as pa
import pytest

from nightcast.errors import InputError, UsageError
from tasks.conversion.number_forms import chosen_form
from tasks.conversion.number_survey import NumberSurvey
from tasks.conversion.numbers import to_numbers


def read(*texts: str, thousands: str | None = None) -> list[float]:
    survey = NumberSurvey("paid", thousands)
    for text in texts:  # a batch each: what one of them shows counts for all
        survey.add(pa.array([text]))
    numbers = to_numbers(pa.array(texts), survey.form())
    assert not numbers.unreadable.any()
    return [float(value) for value in numbers.value]


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["12,50", "7,00"], [12.5, 7]),
        (["1.234,56", "5"], [1234.56, 5]),
        (["1,234.56", "5", "1,250"], [1234.56, 5, 1250]),
        (["87.702,34", "1.250"], [87702.34, 1250]),
        (["1.234.567", "1.250"], [1234567, 1250]),
        (["1,23,456.00"], [123456]),
        (["1'234.50", "1\u2019000"], [1234.5, 1000]),
        (["1 234,50", "1\u00a0234,50", "1\u202f234"], [1234.5, 1234.5, 1234]),
        (["980", "12"], [980, 12]),
        (["12.5", "1.250"], [12.5, 1.25]),
        (["12.345", "0.500"], [12.345, 0.5]),
        (["1.5e3", "1e-2"], [1500, 0.01]),
        (["\u20ac 12.50", "-\u20ac1.5", "13.5 EUR"], [12.5, -1.5, 13.5]),
        (["CHF 1'234.50", "Fr. 5.50", "12.-"], [1234.5, 5.5, 12]),
        (["(3.25)", "5.50-", "\u22124.5", "+1"], [-3.25, -5.5, -4.5, 1]),
        (["12,-", "3,50 \u20ac"], [12, 3.5]),
    ],
)
def test_the_numbers_show_their_form(texts: list[str], values: list[float]) -> None:
    assert read(*texts) == values
    assert read(*reversed(texts)) == values[::-1]


@pytest.mark.parametrize(
    ("texts", "readings"),
    [
        (["980", "1.020", "1.005", "999"], ["1020", "1.02"]),
        (["12.345", "23.456"], ["12345", "12.345"]),
        (["1,250", "980"], ["1250", "1.25"]),
        (["1.250", "58,50"], ["1250", "1.25", "58,50"]),
        (["1,250", "58.50"], ["1250", "1.25", "58.50"]),
        (["-1.250", "3"], ["-1250", "-1.25"]),
        (["\u20ac 1.250", "3"], ["1250", "1.25"]),
    ],
)
def test_two_readings_are_refused_with_both_and_the_option(texts: list[str], readings: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        read(*texts)
    assert all(reading in caught.value.reason for reading in readings)
    assert "--decimal" in caught.value.remedy
    assert "--thousands" in caught.value.remedy


def test_a_mixture_is_refused_but_a_typing_error_is_one_row() -> None:
    with pytest.raises(InputError, match=r"mix two forms.*12\.50.*7,25"):
        read("12.50", "7,25")
    survey = NumberSurvey("paid")
    texts = pa.array([f"{number}.50" for number in range(200)] + ["7,25"])
    survey.add(texts)
    assert to_numbers(texts, survey.form()).unreadable.tolist() == [False] * 200 + [True]


def test_currencies_are_not_added_up() -> None:
    with pytest.raises(InputError, match="several currencies: EUR, USD"):
        read("$5", "6 \u20ac")


def test_options_decide() -> None:
    texts = pa.array(["1.020", "999"])
    for decimal, thousands, value in ((".", None, 1.02), (None, ".", 1020), (",", None, 1020), (".", "none", 1.02)):
        assert to_numbers(texts, chosen_form(decimal, thousands)).value.tolist() == [value, 999]
    assert to_numbers(pa.array(["1,020"]), chosen_form(".", "none")).unreadable[0]
    assert read("1.020", "999", thousands="none") == [1.02, 999]
    assert read("1'000", "1.020", thousands="'") == [1000, 1.02]
    with pytest.raises(UsageError):
        chosen_form(".", ".")


def test_a_decimal_comma_is_told() -> None:
    survey = NumberSurvey("paid")
    survey.add(pa.array(["12,50"]))
    assert "12,50 is 12.50" in (survey.note() or "")
    plain = NumberSurvey("paid")
    plain.add(pa.array(["12.50", "NULL"]))
    assert plain.note() is None
