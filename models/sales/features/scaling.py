"""Scaling: every window by its own level, then a logarithm-like curve that allows zeros and negatives.

``curve(value / level) = (asinh(10 value / level) - asinh(10)) / 2``: about half the logarithm of the ratio where it is
large, linear near zero, odd around it, and 0 for a value at its level. It inverts exactly. Levels are float64: large
values are as exact as small ones.
"""

from __future__ import annotations

import numpy as np

from models.common.arrays import Floats, Singles
from models.sales.data.outliers import FAR, median_size

SLOPE = 10.0
SHIFT = float(np.arcsinh(SLOPE))
STRETCH = 2.0
LARGEST_RATIO = 1e3
"""Larger ratios of value to level are cut to this: they only mean "huge"."""

LARGEST_SPREAD = 3.0
USUAL_SPREAD = 0.35
"""The spread of a series without known differences: about the median of the benchmarks' series."""

SPREAD_SHRINKAGE = 4.0
"""The weight of the usual spread, in known differences."""


def levels(history: Floats, look_back: int) -> Floats:
    """The level of each window: the mean absolute known value of its last `look_back` periods.

    If these are all zero or unknown, it is the mean of all periods, and 0 if all of those are. Values above
    `models.sales.data.outliers.FAR` times the median sale count as this bound: otherwise repeated large orders, which
    are no outliers, would set the scale.

    Args:
        history: (n, back), NaN unknown.
        look_back: Periods.
    """
    size = np.abs(history)
    if size.shape[1]:
        median, _, _ = median_size(size)
        size = np.minimum(size, np.where(np.isnan(median), np.inf, FAR * median)[:, None])
    level = level_of(size[:, -look_back:])
    return np.where(level > 0, level, level_of(size))


def level_of(values: Floats) -> Floats:
    """The mean of the absolute known values of each row, (n,); 0 where there is none."""
    size = np.abs(values)
    number = np.maximum(np.count_nonzero(~np.isnan(size), axis=1), 1)
    return np.asarray(np.nansum(size / number[:, None], axis=1))


def ratios(window: Floats, level: Floats) -> Floats:
    """Values over their level, cut to ``LARGEST_RATIO``; 0 where the level is 0, NaN where unknown."""
    safe = np.where(level > 0, level, 1.0)
    with np.errstate(over="ignore"):  # a level may be as small as a double can be
        return np.clip(window / safe[:, None], -LARGEST_RATIO, LARGEST_RATIO)


def spreads(ratio: Floats, season: int) -> Floats:
    """How far the values of each window lie from those a season before, on the curved scale, (n,); positive.

    The mean absolute difference, each cut at `LARGEST_SPREAD`, drawn towards `USUAL_SPREAD` where few are known.

    Args:
        ratio: Windows over their levels, (n, back), NaN unknown.
        season: Periods.
    """
    curved = curve(ratio)
    distance = np.minimum(np.abs(curved[:, season:] - curved[:, :-season]), LARGEST_SPREAD)
    known = ~np.isnan(distance)
    total = np.sum(distance, axis=1, where=known) + USUAL_SPREAD * SPREAD_SHRINKAGE
    return np.asarray(total / (known.sum(axis=1) + SPREAD_SHRINKAGE))


def curve(ratio: Floats) -> Floats:
    """Ratios on the scale that the network works on."""
    return (np.arcsinh(SLOPE * ratio) - SHIFT) / STRETCH


def uncurve(curved: Floats | Singles) -> Floats:
    """The inverse of `curve`, for values as large as ratios can be."""
    bound = float(np.arcsinh(SLOPE * LARGEST_RATIO))
    exponent = np.clip(np.asarray(curved, np.float64) * STRETCH + SHIFT, -bound, bound)
    return np.sinh(exponent) / SLOPE
