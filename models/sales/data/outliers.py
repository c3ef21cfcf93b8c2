"""Outliers, which forecasts have to ignore: a typing error, a total in the wrong row, 1e12 pieces on one day.

A value is an outlier if it is more than `FAR` times its series' median sale and more than `ALONE` times all but the few
largest values, and if it stands alone: `RUN` sales in a row of about the same size are a new level, from the day on
which the last of them is known. Level shifts and repeated large orders are therefore no outliers.

Outliers are unknown to recipes. They are unknown, too, where forecasts are compared with what came: in the gate, in a
backtest and in the review of published forecasts. What counts there is what is disbelieved now, not what was at the
origin: of the first values at a new level, a night cannot tell yet whether they are errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Flags, Floats, Integers

FAR = 100.0
"""Multiples of the median of the absolute values that are not zero."""

ALONE = 10.0
"""Multiples of the largest absolute value that is not among the `FEW` largest; and the most by which neighbours in a
run differ."""

FEW = 50
"""One value in this many may be an outlier, and at least one."""

FEWEST = 5
"""Values other than zero that a series needs before one of them can be an outlier."""

RUN = 3
"""Sales in a row, without others between them, that are a new level."""


@dataclass(frozen=True, eq=False)
class Outliers:
    """The values that count as unknown, ordered by series, (n,) each.

    Attributes:
        series: Places in the panel.
        column: Columns of the panel.
        value: What the source has there.
    """

    series: Integers
    column: Integers
    value: Floats

    @classmethod
    def joined(cls, parts: list[Outliers]) -> Outliers:
        """The outliers of several groups of series, one group after the other."""
        nothing = cls(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
        return cls(*(np.concatenate([getattr(part, name) for part in [nothing, *parts]]) for name in vars(nothing)))

    def take(self, series: Integers) -> Outliers:
        """The outliers of some of the series, which are numbered anew."""
        first, stop = (np.searchsorted(self.series, series, side=side) for side in ("left", "right"))
        count = stop - first
        place = np.arange(count.sum()) + np.repeat(first - np.cumsum(count) + count, count)
        return Outliers(np.repeat(np.arange(len(series)), count), self.column[place], self.value[place])

    def before(self, column: int) -> Outliers:
        """Those before a column."""
        early = self.column < column
        return Outliers(self.series[early], self.column[early], self.value[early])


def find_outliers(values: Floats, first_series: int = 0) -> Outliers:
    """The outliers of some series; only their own values decide.

    Args:
        values: (n, T), NaN unknown.
        first_series: The place of the first of them in the panel.
    """
    size = np.abs(values)
    far = size > _bounds(size)[:, None]
    series, column = far.nonzero()
    if len(series):
        alone = ~_is_run(size, series, column)
        series, column = series[alone], column[alone]
    return Outliers(series + first_series, column, values[series, column])


def median_size(size: Floats) -> tuple[Floats, Floats, Integers]:
    """The lower median of what is neither zero nor unknown in each row of absolute values (n, T), T at least 1.

    Returns:
        The median, (n,), NaN where there is nothing; the sizes in ascending order, NaN last, (n, T); and how many
        there are, (n,).
    """
    ordered = np.sort(np.where(size > 0, size, np.nan), axis=1)
    count = np.count_nonzero(size > 0, axis=1)
    median = np.take_along_axis(ordered, np.maximum(count - 1, 0)[:, None] // 2, axis=1)[:, 0]
    return median, ordered, count


def _bounds(size: Floats) -> Floats:
    """The bound that outliers of each row of absolute values (n, T) exceed, (n,); infinite for too few values."""
    if not size.shape[1]:
        return np.full(len(size), np.inf)
    median, ordered, count = median_size(size)
    usual = np.maximum(count - 1 - np.maximum(count // FEW, 1), 0)
    largest = np.take_along_axis(ordered, usual[:, None], axis=1)[:, 0]
    return np.where(count >= FEWEST, np.maximum(FAR * median, ALONE * largest), np.inf)


def _is_run(size: Floats, series: Integers, column: Integers) -> Flags:
    """Which of the cells (k,), ordered by series and column, belong to `RUN` or more sales in a row of about one size.

    Args:
        size: Absolute values, (n, T), NaN unknown.
        series: Row of each cell.
        column: Its column.
    """
    rows, row = np.unique(series, return_inverse=True)
    number = np.cumsum(size[rows] > 0, axis=1)[row, column]  # of the sale among those of its series
    large = size[series, column]
    ratio = large[1:] / large[:-1]
    begins = np.ones(len(series), bool)
    begins[1:] = (row[1:] != row[:-1]) | (number[1:] != number[:-1] + 1) | (ratio > ALONE) | (ratio * ALONE < 1)
    run = np.cumsum(begins) - 1
    return np.asarray(np.bincount(run)[run] >= RUN)
