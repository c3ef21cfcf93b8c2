"""The lengths, in periods, that the settings leave to the source's frequency."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.sales.data.calendar import Calendar, month_of, month_start
from models.sales.settings import SalesSettings, SpanName


@dataclass(frozen=True)
class Lengths:
    """Everything that is counted in periods, with every "auto" resolved.

    Attributes:
        horizon: Steps to forecast; the most that a horizon which ends on a date can have.
        season: Periods after which a pattern repeats.
        dead_after: Periods without a row after which a series has ended.
        look_back: Periods that the LSTM reads, a multiple of `patch`.
        patch: Periods that the LSTM reads as one step.
        cycles: Past seasons whose values are candidates for each step.
        minimum_observations: Known values that a series needs before a network forecasts it: four weeks of days, half
            a year of weeks, a season and a half of months.
        history: Periods kept before the source's last row, which bounds memory: five years of days, ten of weeks, far
            more than a window covers.
    """

    horizon: int
    season: int
    dead_after: int
    look_back: int
    patch: int
    cycles: int
    minimum_observations: int
    history: int

    @property
    def reach(self) -> int:
        """Periods before an origin that a window covers."""
        return max(self.look_back + self.season, self.cycles * self.season)


LONGEST_CYCLES = 260
"""Periods that the past seasons of a window may span, which bounds its cost; two seasons always fit."""

_DEFAULTS = {
    "D": Lengths(28, 7, 90, 63, 7, 8, 28, 1_826),
    "B": Lengths(28, 5, 65, 60, 5, 8, 20, 1_305),
    "W": Lengths(13, 52, 26, 52, 4, 3, 26, 520),
    "M": Lengths(12, 12, 12, 30, 1, 5, 18, 600),
    "Q": Lengths(8, 4, 4, 16, 1, 6, 8, 200),
    "Y": Lengths(4, 1, 2, 10, 1, 6, 6, 100),
}


_MOST_STEPS: dict[SpanName, dict[str, int]] = {
    "to the end of the month": {"D": 31, "B": 23, "W": 6, "M": 1, "Q": 1, "Y": 1},
    "to the end of next month": {"D": 62, "B": 46, "W": 10, "M": 2, "Q": 2, "Y": 2},
    "to the end of the year": {"D": 366, "B": 262, "W": 54, "M": 12, "Q": 4, "Y": 1},
}
"""The most steps from an as-of to that date, by the calendar's family."""


def published_steps(settings: SalesSettings, calendar: Calendar, day: int) -> int | None:
    """The steps of a horizon that ends on a date, at least one; None where the horizon is a number of steps.

    They are the periods whose label lies before the date. A model forecasts the most steps that there can be: so it
    need not be trained again because the date comes nearer.

    Args:
        settings: The settings.
        calendar: The periods' calendar.
        day: The as-of, days since 1970-01-01.
    """
    months = {"to the end of the month": 1, "to the end of next month": 2}
    if settings.horizon not in _MOST_STEPS:
        return None
    month = int(month_of(day))
    end = month + months.get(settings.horizon, 12 - month % 12)
    steps = calendar.label(calendar.ordinal(day) + np.arange(_MOST_STEPS[settings.horizon][calendar.family]))
    return max(int(np.count_nonzero(steps < month_start(end))), 1)


def resolve_lengths(settings: SalesSettings, calendar: Calendar) -> Lengths:
    """The lengths for this calendar: those of the settings, and the frequency's default for each "auto"."""
    default = _DEFAULTS[calendar.family]
    chosen = {name: getattr(settings, name) for name in ("horizon", "season", "dead_after", "look_back")}
    given = {name: value for name, value in chosen.items() if value != "auto"}
    if settings.horizon in _MOST_STEPS:
        given["horizon"] = _MOST_STEPS[settings.horizon][calendar.family]
    lengths = replace(default, **given)
    patch = min(default.patch, lengths.look_back)
    return replace(
        lengths,
        patch=patch,
        look_back=-(-lengths.look_back // patch) * patch,
        cycles=max(2, min(default.cycles, LONGEST_CYCLES // lengths.season)),
    )
