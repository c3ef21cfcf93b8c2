"""Scaling: every window by its own level, then a logarithm-like curve that allows zeros and negatives.

``curve(value / level) = (asinh(10 value / level) - asinh(10)) / 2``: about half the logarithm of the ratio where it is
large, linear near zero, odd around it, and 0 for a value at its level. It inverts exactly. Levels are found and divided
out in float64, so that 1e300 is as good as 0.001.
"""

from __future__ import annotations

import numpy as np

from models.sales.arrays import Floats, Singles
from models.sales.seasonal_naive import level_of

SLOPE = 10.0
SHIFT = float(np.arcsinh(SLOPE))
STRETCH = 2.0
LARGEST_RATIO = 1e4
"""Ratios of value to level beyond are cut: they say "huge", and nothing overflows."""


def levels(history: Floats, look_back: int) -> Floats:
    """The level of each window: the mean absolute known value of its last `look_back` periods.

    Of all its periods where those are all zero or unknown; 0 where there is nothing at all.

    Args:
        history: (n, back), NaN unknown.
        look_back: Periods.
    """
    level = level_of(history[:, -look_back:])
    return np.where(level > 0, level, level_of(history))


def ratios(window: Floats, level: Floats) -> Floats:
    """Values over their level, cut to ``LARGEST_RATIO``; 0 where the level is 0, NaN where unknown."""
    safe = np.where(level > 0, level, 1.0)
    with np.errstate(over="ignore"):
        return np.clip(window / safe[:, None], -LARGEST_RATIO, LARGEST_RATIO)


def curve(ratio: Floats) -> Floats:
    """Ratios on the scale that the network works on."""
    return (np.arcsinh(SLOPE * ratio) - SHIFT) / STRETCH


def uncurve(curved: Floats | Singles) -> Floats:
    """The inverse of `curve`, for values as large as ratios can be."""
    bound = float(np.arcsinh(SLOPE * LARGEST_RATIO))
    exponent = np.clip(np.asarray(curved, np.float64) * STRETCH + SHIFT, -bound, bound)
    return np.sinh(exponent) / SLOPE
