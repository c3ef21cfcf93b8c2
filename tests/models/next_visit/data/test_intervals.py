from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.next_visit.data.intervals import Rows, interval_lengths, known_rows, last_positions, waits
from tests.models.next_visit.reference import (
    START,
    Days,
    history_of,
    intervals,
    shops,
    visit_days,
)

AS_OFS = st.integers(START - 5, START + 500)


@given(shops(), AS_OFS, st.integers(1, 6))
def test_rows_elapsed_and_last_intervals(shop: list[Days], as_of: int, look_back: int) -> None:
    history = history_of(shop)
    rows = known_rows(history, as_of)
    assert rows.customer.tolist() == [code for code, days in enumerate(shop) if visit_days(days, as_of)]
    lengths = interval_lengths(history, *last_positions(history, rows, look_back))
    _, present = last_positions(history, rows, look_back)
    for row, code in enumerate(rows.customer):
        known = visit_days(shop[code], as_of)
        assert rows.elapsed(history)[row] == as_of - known[-1] >= 1
        assert rows.visit_days(history)[row] == len(known)
        expected = intervals(shop[code], as_of)[-look_back:]
        assert lengths[row].tolist() == [0] * (look_back - len(expected)) + expected
        assert present[row].sum() == len(expected)


@given(shops(), AS_OFS)
def test_waits_are_all_intervals_and_the_open_ones(shop: list[Days], as_of: int) -> None:
    seen = waits(history_of(shop), as_of)
    expected = []
    for days in shop:
        known = visit_days(days, as_of)
        expected += [(days, True, place) for place, days in enumerate(intervals(days, as_of), start=1)]
        if known:
            expected.append((as_of - known[-1], False, len(known)))
    actual = zip(seen.days.tolist(), seen.completed.tolist(), seen.visit_days.tolist(), strict=True)
    assert sorted(actual) == sorted(expected)


@given(shops(), AS_OFS, st.integers(1, 4))
def test_chunks_joined_are_the_rows(shop: list[Days], as_of: int, size: int) -> None:
    rows = known_rows(history_of(shop), as_of)
    chunks = list(rows.chunks(size))
    assert [chunk.size for chunk in chunks[:-1]] == [size] * (len(chunks) - 1)
    if chunks:
        for name, column in vars(Rows.joined(chunks)).items():
            np.testing.assert_array_equal(column, getattr(rows, name))
