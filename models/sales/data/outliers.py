"""Values that no forecast should believe: a typing error, a total in the wrong row, 1e12 pieces on one day.

A value is an outlier when it is more than `FAR` times its series' median sale and more than `ALONE` times all but the
few largest values. So neither a level shift nor repeated large orders are outliers, only what stands alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.common.arrays import Floats, Integers
from models.sales.data.panel import SalesPanel
from models.sales.recipes.seasonal_naive import chunks

FAR = 100.0
"""Multiples of the median absolute value that is not zero."""

ALONE = 10.0
"""Multiples of the largest absolute value that is not among the `FEW` largest."""

FEW = 50
"""One value in this many may be an outlier, one in any case."""

FEWEST = 5
"""Values other than zero that a series needs before one of them can be told to be an outlier."""


def without_outliers(panel: SalesPanel) -> tuple[SalesPanel, Integers]:
    """The panel as forecasts read it, its outliers unknown, and how many each series had, (S,).

    Rows and observations stay counted as they are. Only what the panel knows decides, so that nothing of a later time
    is seen. The values are copied only where there is an outlier.
    """
    count, values = np.zeros(panel.series_count, np.int64), panel.values
    for part in chunks(panel.series_count):
        size = np.abs(panel.values[part])
        outlier = size > _bounds(size)[:, None]
        count[part] = np.count_nonzero(outlier, axis=1)
        if outlier.any():
            values = panel.values.copy() if values is panel.values else values
            values[part][outlier] = np.nan
    return replace(panel, values=values), count


def _bounds(size: Floats) -> Floats:
    """What the outliers of each row of absolute values (n, T) lie above, (n,); infinite where nothing can be told."""
    ordered = np.sort(np.where(size > 0, size, np.nan), axis=1)  # NaN last
    count = np.count_nonzero(size > 0, axis=1)
    if not size.shape[1]:
        return np.full(len(size), np.inf)
    usual = np.maximum(count - 1 - np.maximum(count // FEW, 1), 0)
    median, largest = (
        np.take_along_axis(ordered, place[:, None], axis=1)[:, 0] for place in (np.maximum(count - 1, 0) // 2, usual)
    )
    with np.errstate(over="ignore"):
        return np.where(count >= FEWEST, np.maximum(FAR * median, ALONE * largest), np.inf)
