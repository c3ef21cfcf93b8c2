"""Which dates and identifiers are read without an error, and are none."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa
import pytest

from nightcast.values import to_day
from tasks.conversion.plausible import first_plausible_day, stands_for_nothing


def day(text: str) -> int:
    return to_day(datetime.date.fromisoformat(text))


RECENT = np.arange(day("2024-01-01"), day("2024-03-01"), dtype=np.int32)


def first_of(*texts: str, times: int = 1) -> int | None:
    early = np.array([day(text) for text in texts] * times, dtype=np.int32)
    return first_plausible_day([RECENT, np.empty(0, np.int32), early])


@pytest.mark.parametrize("early", [["1900-01-01"], ["1970-01-01"], ["1900-01-01", "1970-01-01"], ["1899-12-30"]])
@pytest.mark.parametrize("times", [1, 50])
def test_defaults_decades_before_all_other_days_are_implausible(early: list[str], times: int) -> None:
    assert first_of(*early, times=times) == RECENT[0]


def test_a_gap_within_a_history_is_plausible() -> None:
    assert first_of() is None
    assert first_of("2016-01-01") is None
    old = np.arange(day("1995-01-01"), day("1995-06-01"), dtype=np.int32)
    assert first_plausible_day([old, RECENT]) is None
    assert first_plausible_day([np.array([day(f"{year}-01-01") for year in range(1900, 2020, 20)], np.int32)]) is None


def test_a_few_of_very_many_rows_are_implausible_on_however_many_days() -> None:
    old = np.arange(day("1995-01-01"), day("1995-02-01"), dtype=np.int32)
    assert first_plausible_day([old, np.repeat(RECENT, 1_000)]) == RECENT[0]


def test_without_rows_nothing_is_implausible() -> None:
    assert first_plausible_day([]) is None
    assert first_plausible_day([np.array([day("1900-01-01")], np.int32)]) is None


def test_texts_that_stand_for_a_missing_identifier() -> None:
    texts = ["NULL", "null", " NaN ", "None", "N/A", "\\N", "<NA>", "-", "a", "Nancy", "0", "none of them"]
    assert stands_for_nothing(pa.array(texts)).tolist() == [True] * 8 + [False] * 4
