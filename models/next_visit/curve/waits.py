"""The days of a wait on which customers come: a shop's rhythms, such as courses of a week or of four weeks.

The life table knows on which days of a wait a visit is likelier than on others. How much of that is told by the days of
the week already, differs between shops: customers who keep their own weekdays come after seven days, too. So its
hazards count to a power between 0 (not at all) and 1, the one under which the days of the visits within the newest
horizon that is over were likeliest, given their bins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.next_visit.curve.weekdays import MOST_CUSTOMERS, Weekdays, on_days
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.intervals import Rows, known_rows, waits
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.life_table import CELL_STARTS, GROUP_STARTS, LifeTable
from nightcast.values import Bins

POWERS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, eq=False)
class WaitDays:
    """Relative hazards of the days of a wait.

    Attributes:
        hazards: float64 (groups, d), by group of the life table and day of the wait, from 0 on; the last one stands for
            all later days, too.
    """

    hazards: NDArray[np.float64]

    @classmethod
    def even(cls) -> WaitDays:
        """Every day of a wait is like any other."""
        return cls(np.ones((GROUP_STARTS.size, 1)))

    @classmethod
    def fit(cls, known: CustomerBase, bins: Bins, weekdays: Weekdays) -> WaitDays:
        """The hazards at the newest past as-of whose whole horizon is over; even where there is none."""
        landmark = known.as_of - bins.horizon
        everyone = known_rows(known.history, landmark)
        rows = everyone.every(max(1, everyone.size // MOST_CUSTOMERS))
        came = _came(known.history, rows)
        is_back = came <= bins.horizon
        if not is_back.any():
            return cls.even()
        rows, came = Rows(*(part[is_back] for part in (rows.customer, rows.day, rows.end))), came[is_back]
        table = LifeTable.fit(waits(known.history, landmark))
        cell = np.searchsorted(CELL_STARTS, np.arange(CELL_STARTS[-1] + 1), side="right") - 1
        hazards = table.hazards[:, np.maximum(cell, 0)]
        share = on_days(weekdays.own(known.history, rows), landmark, bins.horizon)
        options = [cls(hazards**power) for power in POWERS]
        likely = [_likelihood(share * one.ahead(known.history, rows, bins.horizon), came, bins) for one in options]
        return options[int(np.argmax(likely))]

    def ahead(self, history: VisitHistory, rows: Rows, horizon: int) -> NDArray[np.float64]:
        """The hazards on each day of each row's horizon: (r, horizon)."""
        group = np.searchsorted(GROUP_STARTS, rows.visit_days(history), side="right") - 1
        padded = np.pad(self.hazards, [(0, 0), (0, horizon)], mode="edge")  # the last one stands for all later days
        ahead = np.lib.stride_tricks.sliding_window_view(padded, horizon, axis=1)
        return np.asarray(ahead[group, np.minimum(rows.elapsed(history), self.hazards.shape[1] - 1)])


def _came(history: VisitHistory, rows: Rows) -> NDArray[np.int64]:
    """The day of each row's next visit, its as-of being day 1; far away where there is none."""
    returned = rows.end < history.offsets[rows.customer + 1]
    following = history.day[np.minimum(rows.end, max(history.day.size - 1, 0))]
    return np.where(returned, following - rows.day + 1, np.iinfo(np.int64).max)


def _likelihood(weight: NDArray[np.float64], came: NDArray[np.int64], bins: Bins) -> float:
    """The log likelihood of the days on which customers came, given their bins; (r, horizon) and (r,)."""
    starts = np.array([0, *bins.edges[:-1]])
    total = np.add.reduceat(weight, starts, axis=1)
    place = np.arange(came.size)
    bin_ = np.searchsorted(bins.edges, came)
    return float(np.log(weight[place, came - 1] / total[place, bin_]).sum())
