"""Counting rejections, and examples that give nobody away."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nightcast.rejections import Rejection, Rejections, masked


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
