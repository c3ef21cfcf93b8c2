from __future__ import annotations

import numpy as np
import pytest

from models.next_visit.features.customers import CHANNELS
from models.next_visit.features.training_rows import MOST_ROWS, most_rows, training_rows, whole_rows
from nightcast.values import Bins
from tests.models.next_visit.reference import AS_OF, base_of, small_shop

BINS = Bins((7, 14))


def test_rows_of_whole_landmarks_leave_out_those_whose_horizon_is_not_over() -> None:
    known = base_of(small_shop())
    training, whole = training_rows(known, BINS, 4, 1), whole_rows(known, BINS, 4, 1)
    assert (training.day.max(), whole.day.max()) == (AS_OF - 7, AS_OF - 14)
    assert {*np.diff(np.unique(training.day)).tolist()} == {7}
    assert whole_rows(known, BINS, 4, 1) is whole


def test_long_sequences_leave_room_for_fewer_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert most_rows(16) == MOST_ROWS
    assert most_rows(256) * 256 * len(CHANNELS) <= 48_000_000
    monkeypatch.setattr("models.next_visit.features.training_rows.MOST_ROWS", 50)
    assert 25 <= training_rows(base_of(small_shop()), BINS, 4, 1).size <= 50
