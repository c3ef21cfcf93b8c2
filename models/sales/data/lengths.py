"""The lengths, in periods, that the settings leave to the source's frequency."""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.sales.data.calendar import Calendar
from models.sales.settings import SalesSettings


@dataclass(frozen=True)
class Lengths:
    """Everything that is counted in periods, with every "auto" resolved.

    Attributes:
        horizon: Steps to forecast.
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


def resolve_lengths(settings: SalesSettings, calendar: Calendar) -> Lengths:
    """The lengths for this calendar: those of the settings, and the frequency's default for each "auto"."""
    default = _DEFAULTS[calendar.family]
    chosen = {name: getattr(settings, name) for name in ("horizon", "season", "dead_after", "look_back")}
    given = {name: value for name, value in chosen.items() if value != "auto"}
    lengths = replace(default, **given)
    patch = min(default.patch, lengths.look_back)
    return replace(
        lengths,
        patch=patch,
        look_back=-(-lengths.look_back // patch) * patch,
        cycles=max(2, min(default.cycles, LONGEST_CYCLES // lengths.season)),
    )
