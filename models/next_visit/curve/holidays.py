"""Public holidays: how much more or less often customers come on them than on other days of their weekday.

Each holiday is compared with the same weekday of the weeks around it, over all years. The ratio is drawn towards that
of all holidays together, and this one towards 1, as the mean of a gamma prior worth `PRIOR_VISITS` expected visits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.common.holidays import holidays_between
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.features.level_process import WEEK

PRIOR_VISITS = 10.0
WEEKS_AROUND = np.array([-2, -1, 1, 2])
"""The weeks that a holiday is compared with."""


@dataclass(frozen=True, eq=False)
class Holidays:
    """How often customers come on the days ahead, beside what their weekdays say.

    Attributes:
        factor: float64 (days,), from the as-of on; 1 on a day that is no holiday.
    """

    factor: NDArray[np.float64]

    @classmethod
    def none(cls, days: int) -> Holidays:
        """No holidays within so many days."""
        return cls(np.ones(days))

    @classmethod
    def fit(cls, known: CustomerBase, country: str | None, days: int) -> Holidays:
        """Of so many days from the as-of on; all alike where no country is given."""
        history = known.history.day
        if country is None or not history.size:
            return cls.none(days)
        factor = np.ones(days)
        first, last = int(history.min()), int(history.max())
        past, past_names = holidays_between(first, last, country)
        ahead, names = holidays_between(known.as_of, known.as_of + days - 1, country)
        came, expected = _compared(np.bincount(history - first), past - first)
        of_all = _ratio(came.sum(), expected.sum(), 1.0)
        for day, name in zip(ahead, names, strict=True):
            same = past_names == name
            factor[day - known.as_of] = _ratio(came[same].sum(), expected[same].sum(), of_all)
        return cls(factor)


def _compared(visits: NDArray[np.int64], holiday: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The visits of each holiday, and the mean of the same weekday around it; 0 and 0 where there is none: (h,) each.

    Args:
        visits: (d,), of each day.
        holiday: (h,), places of the holidays.
    """
    around = holiday[:, None] + WEEK * WEEKS_AROUND
    usable = (around >= 0) & (around < visits.size) & ~np.isin(around, holiday)
    total = np.where(usable, visits[np.clip(around, 0, visits.size - 1)], 0).sum(axis=1)
    number = usable.sum(axis=1)
    expected = total / np.maximum(number, 1)
    return np.where(number > 0, visits[holiday], 0).astype(np.float64), expected


def _ratio(came: float, expected: float, prior: float) -> float:
    return float((came + PRIOR_VISITS * prior) / (expected + PRIOR_VISITS))
