"""The stretches of steps that a forecast is measured by.

The first stretch is a week of days, or one period of anything longer: the soonest that something can be said. Each
further one ends at twice the step of the one before, the last with the horizon: days 1-7, 8-14, 15-28.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.sales.gate.figures import PastForecast
from nightcast.values import WHOLE

_FIRST = {"D": 7, "B": 5}


@dataclass(frozen=True)
class Stretch:
    """A stretch of steps.

    Attributes:
        first: Its first step, from 1.
        last: Its last step.
    """

    first: int
    last: int

    @property
    def name(self) -> str:
        """Its first and last step, such as ``1-7``; a single step alone."""
        return f"{self.first}-{self.last}" if self.first < self.last else str(self.first)

    @property
    def segment(self) -> str:
        """Its name as a segment of an evaluation."""
        return segment_of(self.name)

    def of(self, past: PastForecast) -> PastForecast:
        """The steps of a past forecast in this stretch."""
        steps = slice(self.first - 1, self.last)
        return PastForecast(past.mean[:, steps], past.quantiles[:, steps], past.actual[:, steps], past.scale)


def segment_of(part: str) -> str:
    """The segment of an evaluation that covers the steps of a review's part: a stretch, or the whole horizon."""
    return part if part == WHOLE else f"steps {part}"


def first_length(family: str) -> int:
    """The number of steps in the first stretch of a long horizon, by the calendar's family: D, B, W, M, Q or Y."""
    return _FIRST.get(family, 1)


def stretches_of(family: str, horizon: int) -> list[Stretch]:
    """The stretches of a horizon, which together are all its steps."""
    stretches, end = [], 0
    while end < horizon:
        last = min(max(2 * end, first_length(family)), horizon)
        stretches.append(Stretch(end + 1, last))
        end = last
    return stretches
