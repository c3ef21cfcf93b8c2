"""Forecasts of a series' own network, with quantiles from its errors in the series' past windows."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from models.common.arrays import Floats
from models.sales.data.lengths import Lengths
from models.sales.features.scaling import uncurve
from models.sales.recipes.lstm_local.windows import LocalWindows
from models.sales.recipes.model import QUANTILES, known_quantiles

LEAST_GROUPS = 4
"""Steps are grouped by season, but into at least this many groups where there are enough steps."""

SHRINKAGE = 8.0
"""The weight, in windows, of a normal distribution as wide as the series' spread, beside the errors of its windows."""

TINY = 1e-12

USUAL = np.array([NormalDist(sigma=np.sqrt(np.pi / 2)).inv_cdf(level) for level in QUANTILES])
"""Quantiles of a normal distribution whose mean absolute value is 1."""


def forecasts(windows: LocalWindows, fitted: Floats, lengths: Lengths) -> tuple[Floats, Floats]:
    """Mean (n, H) and quantiles (n, H, Q) of each series' first window, in its own unit.

    The median is the network's output. The other quantiles add quantiles of its errors in the series' past windows, in
    groups of neighbouring steps, on the curved scale. The mean adds the sum of the errors over the sum of the levels,
    which gives windows with hardly any sales little weight.

    Args:
        windows: Windows of n series.
        fitted: The networks' outputs, on the curved scale, (n, W, H).
        lengths: Lengths of the panel.
    """
    horizon, width = fitted.shape[2], _width(lengths)
    errors, middle = windows.target - fitted, uncurve(fitted)
    counted = np.where(np.isnan(errors), 0.0, _shares(windows.level)[:, :, None])
    bias = counted * (uncurve(np.nan_to_num(windows.target)) - middle)
    usual, distances, biases = windows.spread[:, None] * USUAL, [], []
    for begin in range(0, horizon, width):
        group = slice(begin, begin + width)
        own, count = known_quantiles(errors[:, :, group].reshape(len(errors), -1))
        weight = count / (count + SHRINKAGE * width)
        distances.append(weight[:, None] * own + (1 - weight[:, None]) * usual)
        total = np.maximum(counted[:, :, group].sum(axis=(1, 2)), TINY)
        biases.append(weight * bias[:, :, group].sum(axis=(1, 2)) / total)
    of_step = np.arange(horizon) // width
    distance, sign = np.stack(distances, axis=1)[:, of_step], np.sign(np.asarray(QUANTILES) - 0.5)
    curved = fitted[:, 0, :, None] + np.where(distance * sign > 0, distance, 0.0)
    mean = (middle[:, 0] + np.stack(biases, axis=1)[:, of_step]) * windows.level[:, :1]
    return mean, uncurve(curved) * windows.level[:, :1, None]


def _shares(level: Floats) -> Floats:
    """Levels (n, W) over the largest of each series."""
    largest = level.max(axis=1, keepdims=True)
    return np.asarray(level / np.where(largest > 0, largest, 1.0))


def _width(lengths: Lengths) -> int:
    """Steps of a group."""
    return min(lengths.season, -(-lengths.horizon // LEAST_GROUPS))
