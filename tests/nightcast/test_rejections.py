"""Counting rejections, and examples that give nobody away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightcast.rejections import Rejection, Rejections, masked, without_values


def test_rows_add_up_by_source_and_reason_and_the_first_example_stays() -> None:
    tally = Rejections()
    tally.add("visits", "no customer", 2, "first")
    tally.add("sales", "no series", 1, "other")
    tally.add("visits", "no customer", 3, "second")
    tally.add("visits", "after the clock", 1, "late")
    assert list(tally) == [
        Rejection("sales", "no series", 1, "other"),
        Rejection("visits", "after the clock", 1, "late"),
        Rejection("visits", "no customer", 5, "first"),
    ]
    assert tally.rows == 7


def test_no_rows_leave_no_reason() -> None:
    tally = Rejections()
    tally.add("visits", "no customer", 0, "")
    assert list(tally) == []
    assert tally.rows == 0


@given(st.text(max_size=40))
def test_a_masked_identifier_shows_two_characters_at_most(identifier: str) -> None:
    shown = masked(identifier)
    inner = shown[1:-1] if len(identifier) > 2 else shown
    assert set(inner) <= {"*"}
    assert len(shown) <= 10


def test_what_a_mask_looks_like() -> None:
    assert [masked(text) for text in ("", "a", "ab", "abc", "someone@example.org")] == [
        "",
        "*",
        "**",
        "a*c",
        "s********g",
    ]


@pytest.mark.parametrize(
    "example",
    [
        "",
        "null, series s***1, 2031-01-01",
        "customer a********g, 2031-01-01 12:00:00.5+02:00",
        "customer null, null",
        "customer **, 2031-01-01T12:00Z",
        "line 7",
        "line 7: 4 fields instead of 2",
        "period 2031-01-01",
    ],
)
def test_an_example_without_values_stays(example: str) -> None:
    assert without_values(example) == example


def test_a_value_keeps_its_form_alone() -> None:
    assert without_values("line 7: visited_at is '31.12.2024 ab'") == "line 7: visited_at is '99.99.9999 xx'"
    assert without_values("customer 2********1, ann@example.org") == "customer 2********1, xxx@xxxxxxx.xxx"
    assert without_values("Ann, series s***1, 0171 555") == "xxx, series s***1, 9999 999"


TEMPLATES = ["line 7: visited_at is {!r}", "customer 2********1, {}", "{}, series s***1, null", "customer {}, {}", "{}"]


@given(st.text(st.characters(categories=["L", "Nd"]), min_size=3, max_size=40), st.sampled_from(TEMPLATES))
def test_nothing_of_a_value_is_kept_wherever_it_stands(value: str, template: str) -> None:
    if value != "null" and value not in template and set(value) - set("x9"):  # null stands for an unknown value
        assert value not in without_values(template.replace("{!r}", repr(value)).replace("{}", value))
