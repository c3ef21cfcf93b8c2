"""What a model returns, and the constraints every forecast obeys."""

from __future__ import annotations

import numpy as np

from models.common.arrays import Floats, Integers
from models.sales.data.panel import SalesPanel

QUANTILES = (0.025, 0.1, 0.5, 0.9, 0.975)
"""The levels of the forecast quantiles."""

LARGEST = 1e308
"""Forecasts beyond are cut, so that none is infinite."""


def finish(mean: Floats, quantiles: Floats, panel: SalesPanel, series: slice | Integers) -> tuple[Floats, Floats]:
    """Apply what holds for every forecast: finite, floored where the series is, zero on closed days, in order.

    Args:
        mean: (n, H).
        quantiles: (n, H, 5).
        panel: What is known.
        series: Which n series of the panel these are.
    """
    floor = np.where(panel.floored(series), 0.0, -LARGEST)
    mean = np.clip(mean, floor[:, None], LARGEST)
    quantiles = np.sort(np.clip(quantiles, floor[:, None, None], LARGEST), axis=2)
    closed = panel.closed_steps(mean.shape[1])
    mean[:, closed] = np.where(np.isnan(mean[:, closed]), np.nan, 0.0)
    quantiles[:, closed] = np.where(np.isnan(quantiles[:, closed]), np.nan, 0.0)
    return mean, quantiles
