from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.next_visit.recipes.classic.training import split


@given(st.integers(0, 200), st.floats(0, 0.9), st.integers(0, 5))
def test_the_split_parts_the_rows_at_random(rows: int, share: float, seed: int) -> None:
    learnt, tests = split(rows, share, seed)
    assert sorted([*learnt.tolist(), *tests.tolist()]) == list(range(rows))
    assert tests.size == int(rows * share)
    np.testing.assert_array_equal(learnt, split(rows, share, seed)[0])
