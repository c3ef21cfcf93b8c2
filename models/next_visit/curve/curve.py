"""The curve of each customer's next visit: by days within the horizon, and by weeks behind it until a year is over.

Within the horizon, the cumulative hazard of a bin is spread over its days by the shares of their weekdays, by the
rhythm of waits and by the holidays, so that the bins keep exactly their probabilities. Behind it, the hazard is that of
Pareto/NBD at the level of the time. It begins with the ratio by which the forecast of the last bin differs from
Pareto/NBD's, and this ratio fades.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.next_visit.curve.shared import STRETCH, YEAR_AHEAD, Shared
from models.next_visit.curve.weekdays import on_days
from models.next_visit.data.intervals import Rows
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.hazards import hazards_of
from models.next_visit.features.level_process import WEEK
from models.next_visit.features.purchases import Purchases
from models.next_visit.features.quiet import chance_of_staying, log_quiet_ahead
from nightcast.values import Bins

LARGEST_RATIO, FADING_DAYS = 3.0, 182.0
"""The ratio of hazards with which stretches begin is at most this, or its inverse; its logarithm fades over time."""

SMALLEST_HAZARD, LARGEST_HAZARD = 1e-12, 30.0


@dataclass(frozen=True, eq=False)
class Curve:
    """Cumulative hazards of customers' next visits: minus the log of the chance of none until the end of a day.

    Attributes:
        shared: what all customers share.
        shares: float64 (r, 7), of the days of the week, each customer's.
        days: float64 (r, horizon), the cumulative hazards until the end of each day.
        stretches: float64 (r, s), until the end of each stretch behind the horizon.
        habit: float64 (r,), the chance of a visit within the horizon by the customer's rhythm alone.
        season: float64 (r,), the same by rhythm and level of the time.
        hazards: float64 (r, e), of bins and stretches.
        rhythm: float64 (r, e), the same by the customer's rhythm alone.
        staying: float64 (r,), the chance that the customer has not left by the as-of, by the rhythm.
    """

    shared: Shared
    shares: NDArray[np.float64]
    days: NDArray[np.float64]
    stretches: NDArray[np.float64]
    habit: NDArray[np.float64]
    season: NDArray[np.float64]
    hazards: NDArray[np.float64]
    rhythm: NDArray[np.float64]
    staying: NDArray[np.float64]
    _found: dict[float, NDArray[np.float64]] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, shared: Shared, history: VisitHistory, rows: Rows, probabilities: NDArray[np.float64]) -> Curve:
        """The curves of these rows, whose bins have these probabilities: (r, K)."""
        count = shared.bins.count - 1
        purchases = Purchases.at(history, rows)
        staying = chance_of_staying(shared.pareto_nbd, purchases)
        quiet = log_quiet_ahead(shared.pareto_nbd, purchases, staying, shared.ends)
        least = shared.pareto_nbd.least * np.diff(shared.ends, prepend=0)
        rhythm = np.maximum(-np.diff(quiet, axis=1, prepend=0.0), least)
        level = np.concatenate([shared.level, shared.level_behind])
        in_season = np.log1p(np.exp(level) * np.expm1(np.minimum(rhythm, LARGEST_HAZARD)))
        bins = -np.log1p(-np.minimum(hazards_of(probabilities), -np.expm1(-LARGEST_HAZARD)))
        shares = shared.weekdays.own(history, rows)
        weight = on_days(shares, shared.as_of, shared.bins.horizon) * shared.holidays.factor
        days = _spread(bins, weight * shared.wait_days.ahead(history, rows, shared.bins.horizon), shared.bins)
        behind = in_season[:, count:] * _ratios(bins[:, -1], in_season[:, count - 1], shared.level_behind.size)
        return cls(
            shared,
            shares,
            days,
            days[:, -1:] + behind.cumsum(axis=1),
            -np.expm1(-rhythm[:, :count].sum(axis=1)),
            -np.expm1(-in_season[:, :count].sum(axis=1)),
            np.column_stack([bins, behind]),
            rhythm,
            np.minimum(staying, 1.0),
        )

    def expected_by_day(self) -> NDArray[np.float64]:
        """The expected number of these customers whose next visit falls on each day of the horizon, (horizon,)."""
        return np.asarray(np.diff(-np.expm1(-self.days).sum(axis=0), prepend=0.0))

    def day_by(self, probability: float) -> NDArray[np.float64]:
        """The first day, the as-of being day 1, by which the visit has come with this probability: (r,).

        NaN where that is after a year. It is computed once for each probability.
        """
        if probability not in self._found:
            self._found[probability] = self._day_by(probability)
        return self._found[probability]

    def _day_by(self, probability: float) -> NDArray[np.float64]:
        wanted = -np.log1p(-probability) * (1.0 - 1e-12)
        within = 1 + np.count_nonzero(self.days < wanted, axis=1)
        day = np.where(within > self.shared.bins.horizon, self._day_behind(wanted), within)
        return np.where(day > YEAR_AHEAD, np.nan, day)

    def _day_behind(self, wanted: float) -> NDArray[np.float64]:
        """The day behind the horizon on which the cumulative hazard is `wanted`; infinite where it is never."""
        horizon, bounds = self.shared.bins.horizon, np.column_stack([self.days[:, -1], self.stretches])
        stretch = np.count_nonzero(self.stretches < wanted, axis=1)
        is_reached, place = stretch < self.stretches.shape[1], np.arange(len(bounds))
        stretch = np.minimum(stretch, max(self.stretches.shape[1] - 1, 0))
        start, end = bounds[place, stretch], bounds[place, np.minimum(stretch + 1, bounds.shape[1] - 1)]
        weeks = np.clip((wanted - start) / np.maximum(end - start, SMALLEST_HAZARD), 0.0, 1.0) * (STRETCH // WEEK)
        week = np.maximum(np.ceil(weeks) - 1.0, 0.0)
        turned = np.roll(self.shares, -(self.shared.as_of + horizon) % WEEK, axis=1).cumsum(axis=1)
        weekday = 1 + np.count_nonzero(turned < (weeks - week)[:, None] * (1.0 - 1e-12), axis=1)
        return np.asarray(np.where(is_reached, horizon + STRETCH * stretch + WEEK * week + weekday, np.inf))


def _spread(hazards: NDArray[np.float64], weight: NDArray[np.float64], bins: Bins) -> NDArray[np.float64]:
    """The cumulative hazards until the end of each day (r, horizon), from those of each bin but the last (r, K - 1).

    The days of a bin share its hazard by their `weight`, (r, horizon).
    """
    starts, widths = np.array([0, *bins.edges[:-1]]), np.diff(bins.edges, prepend=0)
    each = hazards / np.add.reduceat(weight, starts, axis=1)
    return np.asarray((weight * np.repeat(each, widths, axis=1)).cumsum(axis=1))


def _ratios(forecast: NDArray[np.float64], rhythm: NDArray[np.float64], stretches: int) -> NDArray[np.float64]:
    """The ratio of the forecast's hazard to the rhythm's in each stretch: (r, s)."""
    ratio = np.log(np.maximum(forecast, SMALLEST_HAZARD) / np.maximum(rhythm, SMALLEST_HAZARD))
    faded = np.exp(-STRETCH / FADING_DAYS * (np.arange(stretches) + 0.5))
    bounded = np.clip(ratio, -np.log(LARGEST_RATIO), np.log(LARGEST_RATIO))
    return np.asarray(np.exp(bounded[:, None] * faded))
