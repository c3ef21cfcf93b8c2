"""Outliers, which forecasts have to ignore: a typing error, a total in the wrong row, 1e12 pieces on one day.

A value is an outlier if it is more than `FAR` times its series' median sale and more than `ALONE` times all but the few
largest values. Level shifts and repeated large orders are therefore no outliers.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.common.arrays import Floats, Integers
from models.sales.data.panel import SalesPanel

FAR = 100.0
"""Multiples of the median of the absolute values that are not zero."""

ALONE = 10.0
"""Multiples of the largest absolute value that is not among the `FEW` largest."""

FEW = 50
"""One value in this many may be an outlier, and at least one."""

FEWEST = 5
"""Values other than zero that a series needs before one of them can be an outlier."""


def without_outliers(panel: SalesPanel) -> SalesPanel:
    """The panel with its outliers unknown, and counted in `SalesPanel.outliers`.

    Numbers of rows and observations do not change. Only values of the panel decide, so nothing later leaks in. The
    values are copied only if there is an outlier. A panel whose outliers were removed before is returned as it is:
    without them, other values would be outliers.
    """
    if panel.outliers.any():
        return panel
    count, values = np.zeros(panel.series_count, np.int64), panel.values
    for part in panel.chunks:
        size = np.abs(panel.values[part])
        outlier = size > _bounds(size)[:, None]
        count[part] = np.count_nonzero(outlier, axis=1)
        if outlier.any():
            values = panel.values.copy() if values is panel.values else values
            values[part][outlier] = np.nan
    return replace(panel, values=values, outliers=count)


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
