"""Seasonal articles: what sells in the same weeks of every year, and not in between, such as Advent calendars.

Such a series is silent for most of the year without having ended, and what comes next is what came a year ago, not what
came last week.
"""

from __future__ import annotations

import numpy as np

from models.common.arrays import Flags, Floats
from models.sales.data.panel import SalesPanel

YEAR = {"D": 364, "B": 260, "W": 52, "M": 12, "Q": 4}
"""Periods of a year, whole weeks of days, for each family of frequencies in which a part of the year can be silent."""

NEAR = {"D": 21, "B": 15, "W": 3, "M": 1, "Q": 0}
"""Periods on both sides of a sale that belong to its time of the year: Easter moves, and so does a first delivery."""

WEEK = {"D": 7, "B": 5, "W": 1, "M": 0, "Q": 0}
"""Periods by which a season may begin or end earlier or later than the year before."""

MOST_YEARS = 3
"""Years that are compared with each other, each with the one before it; two at least."""

SILENT = 0.25
"""The share of the year in a row that is silent every year."""

ALIKE = 0.5
"""The share of the times with sales in one of two years, or in both, that has sales in both."""


def seasonal_articles(panel: SalesPanel) -> Flags:
    """Which series sell in the same weeks of every year and are silent for a quarter of the year, (S,).

    An article that has missed its season is none any more, and neither is one with a single season behind it.
    """
    year = YEAR.get(panel.calendar.family, 0)
    years = min(panel.length // year, MOST_YEARS) if year else 0
    if years < 2:
        return np.zeros(panel.series_count, bool)
    near = NEAR[panel.calendar.family]
    parts = [_is_seasonal(panel.values[part, -year * years :], year, near) for part in panel.chunks]
    return np.concatenate([np.zeros(0, bool), *parts])


def around_sales(values: Floats, near: int) -> Flags:
    """Which periods lie at most so many from a sale, (n, T)."""
    sold = np.pad(np.nan_to_num(values) != 0, ((0, 0), (near + 1, near)))
    total = np.cumsum(sold, axis=1)
    return np.asarray(total[:, 2 * near + 1 :] > total[:, : -2 * near - 1])


def _is_seasonal(values: Floats, year: int, near: int) -> Flags:
    active = around_sales(values, near).reshape(len(values), -1, year)
    earlier, later = active[:, :-1], active[:, 1:]
    both, either = (np.count_nonzero(flags, axis=2) for flags in (earlier & later, earlier | later))
    silent = _longest_run(np.asarray(~active.any(axis=1)))
    return np.asarray((both > 0).all(axis=1) & (both >= ALIKE * either).all(axis=1) & (silent >= SILENT * year))


def _longest_run(flags: Flags) -> Floats:
    """The longest run of flags in each row (n, year), around its end, (n,)."""
    twice = np.concatenate([flags, flags], axis=1)
    place = np.arange(twice.shape[1])
    last_other = np.maximum.accumulate(np.where(twice, -1, place), axis=1)
    return np.asarray(np.minimum((place - last_other).max(axis=1), flags.shape[1]), np.float64)
