"""The past as-ofs from which recipes forecast to be compared, and what was known and came at each."""

from __future__ import annotations

from dataclasses import dataclass

from models.common.arrays import Floats
from models.sales.data.panel import SalesPanel
from models.sales.features.scaling import level_of
from models.sales.gate.figures import naive_scale

ORIGINS = 3
"""Origins of a comparison: one says little about the next, and each costs a forecast by every recipe."""


@dataclass(frozen=True)
class Origins:
    """The origins of a comparison.

    Attributes:
        ordinals: Step 1 of each origin, the earliest first; empty when there is too little history.
        missing_periods: How many more periods of history the first origin needs; 0 when there is one.
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
    """What was known at each origin of a comparison, and what came after it.

    Attributes:
        panels: What was known at each origin.
        actuals: What came, (S, H) each, NaN where unknown.
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
