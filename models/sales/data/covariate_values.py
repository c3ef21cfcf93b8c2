"""The values of one covariate: one for each series and time, and unknown where a mark such as -999 says so.

A mark is a number that people and programs write for "unknown", and that lies so far from everything else of the
covariate that it cannot be a value. In doubt it is a value: a frost of -9, a price of 999 that an article always has,
and a rare event that is much larger than the rest stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Flags, Floats, Integers

NEGATIVE_MARKS = (-99, -99.9, -999, -999.9, -9999, -9999.9, -99999, -999999, -32768, -2147483648)
POSITIVE_MARKS = (99, 999, 999.9, 9999, 9999.9, 99999, 999999, 32767, 65535, 2147483647, 4294967295)
FLAG_MARKS = (-1, -9)
"""Also marks where everything else is 0 or 1."""

FAR_BELOW, FAR_ABOVE = 1.0, 2.0
"""Times the spread of everything else that a mark is away from it; 99 may more easily be a value than -99."""

FARTHEST = 10.0
"""The same for any other number that a measured quantity repeats exactly, at least `REPEATED` times."""

REPEATED = 3
MEASURED = 0.5
"""The share of different values from which on a covariate is taken as measured."""

FEWEST = 5
"""Values beside the marks that are needed to tell what is usual."""


@dataclass(frozen=True)
class CovariateCells:
    """Values of one covariate by series and time, each once and in this order, all (n,).

    The time is a day, or a column of the panel and the horizon; NaN is unknown.
    """

    series: Integers
    time: Integers
    value: Floats

    def where(self, mask: Flags) -> CovariateCells:
        """Some of the cells."""
        return self if mask.all() else CovariateCells(self.series[mask], self.time[mask], self.value[mask])


@dataclass(frozen=True)
class Mark:
    """A number that stood for "unknown" in the rows of a covariate."""

    name: str
    value: float
    rows: int


def distinct(series: Integers, day: Integers, value: Floats) -> tuple[CovariateCells, int]:
    """The greatest known value of each series and day, whatever the order, and on how many of them values differ."""
    base = int(day.min(initial=0))
    key = series.astype(np.int64) * (int(day.max(initial=0)) - base + 1) + (day - base)
    if np.all(key[1:] > key[:-1]):
        return CovariateCells(series, day, value), 0
    order = np.lexsort((value, key))  # NaN last
    starts = np.flatnonzero(np.append(True, np.diff(key[order]) > 0))
    ordered = value[order]
    known = np.add.reduceat((~np.isnan(ordered)).astype(np.int64), starts)
    greatest = ordered[starts + np.maximum(known - 1, 0)]
    differ = int(np.count_nonzero(greatest > ordered[starts]))
    return CovariateCells(series[order][starts], day[order][starts], greatest), differ


def without_marks(cells: CovariateCells, name: str) -> tuple[CovariateCells, tuple[Mark, ...]]:
    """The cells with marks unknown, and which marks there were."""
    is_mark = _standard_marks(cells)
    is_mark |= _repeated_extremes(np.where(is_mark, np.nan, cells.value))
    if not is_mark.any():
        return cells, ()
    numbers, rows = np.unique(cells.value[is_mark], return_counts=True)
    marks = tuple(Mark(name, *pair) for pair in zip(numbers.tolist(), rows.tolist(), strict=True))
    return CovariateCells(cells.series, cells.time, np.where(is_mark, np.nan, cells.value)), marks


def _standard_marks(cells: CovariateCells) -> Flags:
    """Which values are numbers that people write for "unknown", far from everything else."""
    value = cells.value
    candidate = np.isin(value, [*NEGATIVE_MARKS, *POSITIVE_MARKS, *FLAG_MARKS])
    usual = value[~candidate & ~np.isnan(value)]
    if not candidate.any() or len(usual) < FEWEST:
        return np.zeros(len(value), bool)
    least, most = float(usual.min()), float(usual.max())
    spread = most - least
    if least >= 0 and most <= 1 and np.isin(usual, [0, 1]).all():
        return candidate & ((value < 0) | (most > least))
    below = np.isin(value, NEGATIVE_MARKS) & ((least >= 0) | ((spread > 0) & (least - value > FAR_BELOW * spread)))
    above = np.isin(value, POSITIVE_MARKS) & (spread > 0) & (value - most > FAR_ABOVE * spread)
    return below | (above & _has_others(cells.series, ~candidate & ~np.isnan(value)))


def _has_others(series: Integers, is_usual: Flags) -> Flags:
    """Which cells are of a series that has usual values as well."""
    return np.isin(series, np.unique(series[is_usual]))


def _repeated_extremes(value: Floats) -> Flags:
    """Which values of a measured quantity are one and the same number, far below or far above everything else."""
    extreme = np.zeros(len(value), bool)
    known = value[~np.isnan(value)]
    for end in (known.min(), known.max()) if len(known) else ():
        rest = known[known != end]
        if len(rest) < FEWEST or len(known) - len(rest) < REPEATED:
            continue
        spread = float(rest.max() - rest.min())
        distance = max(float(rest.min() - end), float(end - rest.max()))
        if spread > 0 and distance > FARTHEST * spread and len(np.unique(rest)) >= MEASURED * len(rest):
            extreme |= value == end
    return extreme
