"""The states in which nights end."""

from __future__ import annotations

import pytest

from flows.night.request import WholeNight
from flows.nightly import final_state
from nightcast.errors import LockHeldError, NightcastError

HELD = LockHeldError("Another run of sales is under way on host till.")
BROKEN = NightcastError("The column is gone.")


@pytest.mark.parametrize(
    ("night", "kind", "name"),
    [
        (WholeNight([]), "COMPLETED", "Completed"),
        (WholeNight([], skipped="too late"), "COMPLETED", "SkippedLate"),
        (WholeNight([HELD]), "CANCELLED", "LockHeld"),  # no automation alerts
        (WholeNight([HELD, HELD]), "CANCELLED", "LockHeld"),
        (WholeNight([HELD, BROKEN]), "FAILED", "Failed"),
    ],
)
def test_a_night_ends_in_the_state_that_its_failures_ask_for(night: WholeNight, kind: str, name: str) -> None:
    state = final_state(night)
    assert (state.type.value, state.name) == (kind, name)
    assert all(str(failure) in (state.message or "") for failure in night.failures)
