"""The past origins at which recipes are compared: what was known at each, and the values observed since."""

from __future__ import annotations

from dataclasses import dataclass

from models.common.arrays import Floats
from models.sales.data.panel import SalesPanel
from models.sales.features.scaling import level_of
from models.sales.gate.figures import naive_scale

ORIGINS = 3
"""Number of origins: one alone says little about the next, and each costs a forecast by every recipe."""


@dataclass(frozen=True)
class Origins:
    """The origins of a comparison.

    Attributes:
        ordinals: Step 1 of each origin, the earliest first; empty if the history is too short.
        missing_periods: Number of further periods of history that a first origin needs; 0 if there is one.
    """

    ordinals: tuple[int, ...]
    missing_periods: int


def choose_origins(panel: SalesPanel, count: int = ORIGINS) -> Origins:
    """Origins whose whole horizon has been seen, the newest ending with the source's last period.

    They are a horizon apart; closer where the history is short, and fewer where it is shorter still. Before the
    earliest there are ``minimum_observations`` periods and a horizon, which a network needs to learn.
    """
    lengths = panel.lengths
    known = panel.source_end - panel.first_ordinal
    newest = panel.source_end - lengths.horizon
    room = known - lengths.horizon - (lengths.minimum_observations + lengths.horizon)
    if room < 0:
        return Origins((), -room)
    count = min(count, room + 1)
    space = min(lengths.horizon, room // (count - 1)) if count > 1 else 0
    return Origins(tuple(newest - space * back for back in reversed(range(count))), 0)


@dataclass(frozen=True, eq=False)
class PastOrigins:
    """What was known at each origin of a comparison, and the values observed since.

    Attributes:
        panels: What was known at each origin.
        actuals: The observed values, (S, H) each, NaN where unknown.
        level: Level of each series before the first of them, (S,).
        scales: See `models.sales.gate.figures.PastForecast`, (S,) each.
    """

    panels: list[SalesPanel]
    actuals: list[Floats]
    level: Floats
    scales: list[Floats]

    @classmethod
    def of(cls, panel: SalesPanel, ordinals: tuple[int, ...]) -> PastOrigins:
        """The origins with these ordinals of step 1."""
        panels = [panel.before(ordinal) for ordinal in ordinals]
        horizon = panel.lengths.horizon
        columns = [ordinal - panel.first_ordinal for ordinal in ordinals]
        actuals = [panel.values[:, column : column + horizon] for column in columns]
        scales = [naive_scale(known.values, known.lengths.season) for known in panels]
        return cls(panels, actuals, level_of(panels[0].values), scales)
