"""Forecasts from what a series' own network says, and from how far it strayed in the series' past windows."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from models.common.arrays import Floats, Integers
from models.sales.data.lengths import Lengths
from models.sales.features.scaling import uncurve
from models.sales.recipes.constraints import QUANTILES
from models.sales.recipes.lstm_local.windows import LocalWindows

LEAST_GROUPS = 4
"""Steps are grouped by season, but into this many groups at least, as far as there are steps."""

SHRINKAGE = 8.0
"""The weight, in windows, of a normal distribution as wide as the series' spread beside the errors of its windows."""

TINY = 1e-12

USUAL = np.array([NormalDist(sigma=np.sqrt(np.pi / 2)).inv_cdf(level) for level in QUANTILES])
"""Quantiles of a normal distribution whose mean absolute value is 1."""


def forecasts(windows: LocalWindows, fitted: Floats, lengths: Lengths) -> tuple[Floats, Floats]:
    """Mean (n, H) and quantiles (n, H, 5) of each series' first window, in its own unit.

    The median is what the network says. The distances of the others to it are the quantiles of its errors in the
    series' past windows, in groups of neighbouring steps, on the curved scale; the mean adds the sum of the errors over
    the sum of the levels, so that windows of hardly any sales say little.

    Args:
        windows: Of n series.
        fitted: What the networks make of them, on the curved scale, (n, W, H).
        lengths: The panel's.
    """
    horizon, width = fitted.shape[2], _width(lengths)
    errors, middle = windows.target - fitted, uncurve(fitted)
    counted = np.where(np.isnan(errors), 0.0, _shares(windows.level)[:, :, None])
    bias = counted * (uncurve(np.nan_to_num(windows.target)) - middle)
    usual, distances, biases = windows.spread[:, None] * USUAL, [], []
    for begin in range(0, horizon, width):
        group = slice(begin, begin + width)
        own, count = own_quantiles(errors[:, :, group].reshape(len(errors), -1))
        weight = count / (count + SHRINKAGE * width)
        distances.append(weight[:, None] * own + (1 - weight[:, None]) * usual)
        total = np.maximum(counted[:, :, group].sum(axis=(1, 2)), TINY)
        biases.append(weight * bias[:, :, group].sum(axis=(1, 2)) / total)
    of_step = np.arange(horizon) // width
    distance, sign = np.stack(distances, axis=1)[:, of_step], np.sign(np.asarray(QUANTILES) - 0.5)
    curved = fitted[:, 0, :, None] + np.where(distance * sign > 0, distance, 0.0)
    with np.errstate(over="ignore"):
        mean = (middle[:, 0] + np.stack(biases, axis=1)[:, of_step]) * windows.level[:, :1]
        return mean, uncurve(curved) * windows.level[:, :1, None]


def _shares(level: Floats) -> Floats:
    """Levels (n, W) over the largest of each series."""
    largest = level.max(axis=1, keepdims=True)
    return np.asarray(level / np.where(largest > 0, largest, 1.0))


def _width(lengths: Lengths) -> int:
    """Steps of a group."""
    return min(lengths.season, -(-lengths.horizon // LEAST_GROUPS))


def own_quantiles(errors: Floats) -> tuple[Floats, Integers]:
    """Quantiles of each row's known values, (n, 5), 0 where there is none, and how many there are, (n,)."""
    count = np.count_nonzero(~np.isnan(errors), axis=1)
    last = np.maximum(count - 1, 0)[:, None]
    ordered = np.nan_to_num(np.sort(errors, axis=1))  # unknown ones last
    place = np.asarray(QUANTILES) * last
    low = place.astype(np.int64)
    lower = np.take_along_axis(ordered, low, axis=1)
    upper = np.take_along_axis(ordered, np.minimum(low + 1, last), axis=1)
    return lower + (upper - lower) * (place - low), count
