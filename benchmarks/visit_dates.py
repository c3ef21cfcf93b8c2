"""The dates of next visits, and the days of the week, compared with what was observed.

An interval reaches from `date_10` to `date_90`, both included. Where `date_90` is null it has no end: then nine in ten
such customers should come from `date_10` on, or never. A customer counts for a date that lies within the days observed;
for the whole interval, if both do. So short intervals are counted more often than long ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, Goal
from models.next_visit.curve.curve import Curve
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.intervals import Rows
from models.next_visit.data.visits import VisitHistory

SHARES = (0.1, 0.5, 0.9)
COVERAGE, COVERAGE_ERROR, ONE_SIDE = 0.8, 0.03, 0.1
WEEKDAY_ERROR = 0.10
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FIRST = 4  # Monday 1970-01-05 as days since 1970-01-01
FEWEST = 100
"""Visits on a weekday from which on its ratio is a figure; in fewer, chance is most of it."""


@dataclass(frozen=True, eq=False)
class Dated:
    """The dates of one as-of's forecast, and what was observed.

    Attributes:
        days: (n, 3), the days of `SHARES`, the as-of being day 1; NaN where there is no date.
        wait: (n,), the day of the next visit; infinite where none was seen.
        seen: the last day that was observed.
        predicted: (7,), the expected number of next visits within the horizon on each weekday, from Monday on.
        realised: (7,), the observed one.
    """

    days: NDArray[np.float64]
    wait: NDArray[np.float64]
    seen: int
    predicted: NDArray[np.float64]
    realised: NDArray[np.float64]

    @classmethod
    def of(cls, curve: Curve, known: CustomerBase, history: VisitHistory) -> Dated:
        """The dates of the customers known at an as-of, with what `history` has from then on."""
        wait, as_of = waits_seen(history, known.rows), known.as_of
        horizon = curve.shared.bins.horizon
        weekday = (as_of + np.arange(horizon) - FIRST) % 7
        chance = -np.diff(np.exp(-curve.days), axis=1, prepend=1.0).sum(axis=0)
        came = np.bincount(wait[wait <= horizon].astype(np.int64) - 1, minlength=horizon)
        return cls(
            np.stack([curve.day_by(share) for share in SHARES], axis=1),
            wait,
            (history.data_through or 0) - as_of + 1,
            np.bincount(weekday, chance, minlength=7).astype(np.float64),
            np.bincount(weekday, came, minlength=7).astype(np.float64),
        )

    @property
    def is_bounded(self) -> NDArray[np.bool_]:
        """Which intervals have both dates within the days observed."""
        return np.asarray(self.days[:, 2] <= self.seen)

    @property
    def begins(self) -> NDArray[np.bool_]:
        """Which intervals have their first date within the days observed."""
        return np.asarray(self.days[:, 0] <= self.seen)


def waits_seen(history: VisitHistory, rows: Rows) -> NDArray[np.float64]:
    """The day of each customer's first visit from the as-of on, the as-of being day 1; infinite without any."""
    place = history.positions(rows.customer, rows.day)
    returned = place < history.offsets[rows.customer + 1]
    following = history.day[np.minimum(place, history.day.size - 1)]
    return np.where(returned, following - rows.day + 1.0, np.inf)


def dates_table(name: str, dated: Sequence[Dated], as_ofs: Sequence[int]) -> str:
    """Coverage of the intervals at each as-of and of all, and predicted over realised visits by weekday."""
    heads = ("bounded", "inside", "before", "after", "begun", "before")
    lines = [f"{name}: date_10 to date_90".ljust(34) + "".join(f"{head:>10}" for head in heads)]
    for title, parts in [
        *((f"  at {np.datetime64(as_of, 'D')}", [one]) for as_of, one in zip(as_ofs, dated, strict=True)),
        ("  all", dated),
    ]:
        numbers = coverage(parts)
        cells = "".join(f"{value:>10.3f}" if place not in (0, 4) else f"{value:>10.0f}" for place, value in numbers)
        lines.append(title.ljust(34) + cells)
    ratios, realised = weekday_ratios(dated)
    lines.append("")
    lines.append(f"{name}: visits by weekday".ljust(34) + "".join(f"{weekday:>10}" for weekday in WEEKDAYS))
    lines.append("  realised".ljust(34) + "".join(f"{value:>10.0f}" for value in realised))
    lines.append("  predicted over realised".ljust(34) + "".join(f"{value:>10.3f}" for value in ratios))
    return "\n".join(lines)


def coverage(dated: Sequence[Dated]) -> list[tuple[int, float]]:
    """Intervals with both dates observed, the shares inside, before and after; those begun, the share before."""
    before = np.concatenate([one.wait < one.days[:, 0] for one in dated])
    after = np.concatenate([one.wait > one.days[:, 2] for one in dated])
    bounded = np.concatenate([one.is_bounded for one in dated])
    begun = np.concatenate([one.begins for one in dated])
    early, late = _share(before, bounded), _share(after, bounded)
    return list(enumerate([bounded.sum(), 1.0 - early - late, early, late, begun.sum(), _share(before, begun)]))


def weekday_ratios(dated: Sequence[Dated]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Predicted over realised next visits within the horizon by weekday, and the realised ones: (7,) each."""
    predicted, realised = sum(one.predicted for one in dated), sum(one.realised for one in dated)
    return np.asarray(predicted / np.maximum(realised, 1)), np.asarray(realised)


def dates_figures(name: str, dated: Sequence[Dated]) -> Iterator[Figure]:
    """The figures of one data set, with their goals."""
    numbers = [value for _, value in coverage(dated)]
    yield Figure(f"{name}_bounded_intervals", numbers[0])
    yield Figure(f"{name}_coverage_of_bounded_80_intervals", numbers[1])
    error = abs(numbers[1] - COVERAGE)
    yield Figure(f"{name}_error_of_coverage_of_bounded_80_intervals", error, Goal("<=", COVERAGE_ERROR))
    yield Figure(f"{name}_came_before_date_10", numbers[5])
    yield Figure(f"{name}_error_of_came_before_date_10", abs(numbers[5] - ONE_SIDE), Goal("<=", COVERAGE_ERROR))
    ratios, realised = weekday_ratios(dated)
    largest = float(np.abs(ratios - 1.0)[realised >= FEWEST].max(initial=0.0))
    yield Figure(f"{name}_largest_error_of_a_weekday", largest, Goal("<=", WEEKDAY_ERROR))


def _share(happened: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
    return float(happened[among].mean()) if among.any() else float("nan")
