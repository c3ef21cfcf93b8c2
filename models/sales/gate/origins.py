"""The past as-ofs on which recipes are compared."""

from __future__ import annotations

from dataclasses import dataclass

from models.sales.data.panel import SalesPanel


@dataclass(frozen=True)
class Origins:
    """Where the gate looks back from.

    Attributes:
        ordinals: Step 1 of each origin, the earliest first; empty when there is too little history.
        missing_periods: How many more periods of history the first origin needs; 0 when there is one.
    """

    ordinals: tuple[int, ...]
    missing_periods: int


def choose_origins(panel: SalesPanel, count: int) -> Origins:
    """Origins whose whole horizon has been seen, the newest ending with the source's last period.

    They are spaced by the horizon, closer where the history is short, and fewer where it is shorter still. Before the
    earliest there are ``minimum_observations`` periods and a horizon, so that a network can learn.
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
