"""The timetable of ``nightcast serve``."""

from __future__ import annotations

import pytest

from flows.serve import NIGHTS, SUNDAYS, Timetable, timetable
from nightcast.errors import UsageError


def test_sundays_night_trains_anew_unless_told_otherwise() -> None:
    assert timetable(None, None, "UTC") == Timetable(NIGHTS, SUNDAYS, "UTC")
    assert timetable("15 4 * * *", None, "Europe/Zurich") == Timetable("15 4 * * *", None, "Europe/Zurich")
    assert timetable(None, "0 5 * * WED", "UTC") == Timetable(NIGHTS, "0 5 * * WED", "UTC")
    assert timetable("15 4 * * *", "0 5 * * WED", "UTC") == Timetable("15 4 * * *", "0 5 * * WED", "UTC")


@pytest.mark.parametrize("cron", ["61 * * * *", "every night", "* * * *", ""])
def test_what_is_not_a_cron_expression_is_refused(cron: str) -> None:
    with pytest.raises(UsageError, match="is not a cron expression"):
        timetable(None, cron, "UTC")


@pytest.mark.parametrize("timezone", ["Europe/Zuric", "../etc/passwd", ""])
def test_what_is_not_a_time_zone_is_refused(timezone: str) -> None:
    with pytest.raises(UsageError, match="There is no time zone"):
        timetable(None, None, timezone)
