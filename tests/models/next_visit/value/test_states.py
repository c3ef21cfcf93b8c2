from __future__ import annotations

import numpy as np
import pytest

from models.next_visit.value.states import DUE_SHARE, LAPSING_INTERVALS, STATES, states


@pytest.mark.parametrize(
    ("visit_days", "away", "is_likely", "is_possible", "state"),
    [
        (1, 0.1, True, True, "new"),
        (1, 2.0, True, True, "new"),
        (1, 1.0, False, True, "new"),
        (1, 1.01, False, True, "lapsing"),
        (1, 0.1, False, False, "lost"),
        (5, DUE_SHARE, True, True, "regular"),
        (5, DUE_SHARE + 0.01, True, True, "due"),
        (5, 1.0, False, True, "due"),
        (5, 1.01, True, True, "overdue"),
        (5, LAPSING_INTERVALS, True, True, "overdue"),
        (5, LAPSING_INTERVALS + 0.01, True, True, "lapsing"),
        (5, 1.01, False, True, "lapsing"),
        (5, 0.1, False, False, "lost"),
    ],
)
def test_states_at_their_borders(visit_days: int, away: float, is_likely: bool, is_possible: bool, state: str) -> None:
    places = states(np.array([visit_days]), np.array([away]), np.array([is_likely]), np.array([is_possible]))
    assert STATES[places[0]] == state
