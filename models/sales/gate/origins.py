"""The past origins at which recipes are compared: what was known at each, and the values observed since."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Floats, Integers
from models.sales.data.panel import SalesPanel
from models.sales.features.scaling import level_of
from models.sales.gate.figures import naive_scale

ORIGINS = 3
"""Number of origins: one alone says little about the next, and each costs a fit and a forecast of every recipe."""

MORE_ORIGINS, FEW_VALUES = 8, 1_000
"""Number of origins where they cost little, as no recipe is trained, and where one observes no more than a few values.

Of visits per day an origin observes 28: three of them do not tell which recipe is best, nor how wide bands have to be.
"""

HELD_OUT = 3
"""The origins take at most the last one in this many periods of the history: the rest is to learn from."""

FEWEST_KNOWN = 4
"""Fewest periods before the first origin: with fewer, every recipe forecasts about the same."""

LATER = 2
"""Times that the measured part of the horizon fits into the periods that the origins take, where they are few."""


@dataclass(frozen=True)
class Origins:
    """The origins of a comparison.

    Attributes:
        ordinals: Step 1 of each origin, the earliest first; empty if the history is too short.
        steps: Steps that are compared: the horizon, or less where the history is short.
    """

    ordinals: tuple[int, ...]
    steps: int


def origin_count(panel: SalesPanel, *, trains: bool) -> int:
    """The number of origins, if recipes have to be trained at each of them, or not."""
    is_few = panel.series_count * panel.lengths.horizon <= FEW_VALUES
    return MORE_ORIGINS if is_few and not trains else ORIGINS


def choose_origins(panel: SalesPanel, count: int = ORIGINS) -> Origins:
    """Origins whose compared steps have been seen, the newest ending with the source's last period.

    With enough history they are a horizon apart and compare the whole horizon. With less, they compare its first steps,
    and lie closer together, within the last third of the history.
    """
    horizon = panel.lengths.horizon
    known = panel.source_end - panel.first_ordinal
    room = min(count * horizon, known // HELD_OUT, known - FEWEST_KNOWN)
    if room < 1:
        return Origins((), 0)
    steps = min(horizon, -(-room // LATER))
    starts = np.unique(np.round(np.linspace(-room, -steps, min(count, room - steps + 1))).astype(np.int64))
    return Origins(tuple((panel.source_end + starts).tolist()), steps)


@dataclass(frozen=True, eq=False)
class PastOrigins:
    """What was known at each origin of a comparison, and the values observed since.

    Attributes:
        panels: What was known at each origin.
        actuals: The observed values, (S, H) each, NaN where unknown, and after the compared steps.
        level: Level of each series before the first of them, (S,).
        scales: See `models.sales.gate.figures.PastForecast`, (S,) each.
        steps: Steps that are compared.
    """

    panels: list[SalesPanel]
    actuals: list[Floats]
    level: Floats
    scales: list[Floats]
    steps: int

    @classmethod
    def of(cls, panel: SalesPanel, ordinals: tuple[int, ...], steps: int | None = None) -> PastOrigins:
        """The origins with these ordinals of step 1; all steps are compared unless a number says otherwise."""
        panels, horizon = [panel.before(ordinal) for ordinal in ordinals], panel.lengths.horizon
        steps = horizon if steps is None else steps
        actuals = [panel.observed(ordinal, horizon) for ordinal in ordinals]
        for actual in actuals:
            actual[:, steps:] = np.nan
        scales = [naive_scale(known.values, known.lengths.season) for known in panels]
        return cls(panels, actuals, level_of(panels[0].values), scales, steps)

    def take(self, series: Integers) -> PastOrigins:
        """The same for some of the series."""
        return PastOrigins(
            [panel.take(series) for panel in self.panels],
            [actual[series] for actual in self.actuals],
            self.level[series],
            [scale[series] for scale in self.scales],
            self.steps,
        )

    @property
    def newest(self) -> PastOrigins:
        """The newest origin alone."""
        return PastOrigins(self.panels[-1:], self.actuals[-1:], self.level, self.scales[-1:], self.steps)

    @property
    def days(self) -> list[int]:
        """The first day of step 1 of each origin, days since 1970-01-01."""
        return [int(panel.calendar.first_day(panel.end)) for panel in self.panels]
