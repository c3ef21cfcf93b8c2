"""The output of every network and its loss: quantiles that cannot cross, and a mean.

The output is (H, Q + 1): the quantiles on the curved scale in order, then the mean as a ratio to the level.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np

from models.sales.features.scaling import LARGEST_RATIO, SHIFT, SLOPE, STRETCH
from models.sales.recipes.model import MEDIAN, QUANTILES
from models.sales.recipes.networks.network import NetworkInputs

MEDIAN_WEIGHT = 6.0
"""The weight of the median's loss; that of each other quantile is 1. The median is what most people read."""

MEAN_WEIGHT = 0.3
"""The weight of the mean's loss beside the quantiles'."""

WIDE = 2.4
"""Factor of the distance between two quantiles, with a series' spread and the head's value, about 0.3 at the start."""

GAPS = np.diff([NormalDist().inv_cdf(level) for level in QUANTILES]).astype(np.float32)
"""The distances between neighbouring quantiles of a standard normal distribution, the shape at the start, (Q - 1,)."""

REST = len(GAPS) + 2
"""Values of the head beside the median: the distances of the quantiles, and two to correct the mean."""

GENTLE = 0.1
"""Scales the corrections of the mean: training starts close to the quantiles."""

HUBER = 4.0
"""Errors of the mean, in levels, beyond which they count linearly."""

LARGEST_CURVED = float((np.arcsinh(SLOPE * LARGEST_RATIO) - SHIFT) / STRETCH)


def plain_outputs(keras: Any, hidden: Any, inputs: NetworkInputs) -> Any:
    """Outputs whose median and mean come directly from the hidden layer, (H, Q + 1).

    Args:
        keras: The module.
        hidden: (H, n).
        inputs: Inputs of the network, for the spread.
    """
    given = keras.layers.Dense(1 + REST)(hidden)
    median = given[:, :, 0:1]
    mean = ratio_of(keras.ops, keras.ops.stop_gradient(median))
    return joined(keras, median, mean, given[:, :, 1:], inputs.spread)


def joined(keras: Any, median: Any, mean: Any, rest: Any, spread: Any) -> Any:
    """Quantiles around the median and the corrected mean, (H, Q + 1).

    Args:
        keras: The module.
        median: On the curved scale, (H, 1).
        mean: As a ratio to the level, (H, 1).
        rest: The head's values for the distances of the quantiles and the correction of the mean, (H, `REST`).
        spread: Spread of the series, (H, 1).
    """
    ops = keras.ops
    quantiles = median + _distances(keras, rest[:, :, :-2]) * spread * WIDE
    corrected = mean * ops.exp(ops.tanh(rest[:, :, -2:-1] * GENTLE)) + rest[:, :, -1:] * GENTLE
    return keras.layers.Concatenate()([quantiles, corrected])


def ratio_of(ops: Any, curved: Any) -> Any:
    """The inverse of `models.sales.features.scaling.curve`."""
    bounded = ops.clip(curved, -LARGEST_CURVED, LARGEST_CURVED)
    return ops.sinh(bounded * STRETCH + SHIFT) / SLOPE


def _distances(keras: Any, widths: Any) -> Any:
    """The distance of each quantile to the median, (H, Q): zero in the middle, growing outwards on both sides."""
    ops = keras.ops
    widths = ops.softplus(widths - 1.0) * GAPS
    below, above = widths[:, :, :MEDIAN], widths[:, :, MEDIAN:]
    nothing = ops.zeros_like(widths[:, :, 0:1])
    outwards = ops.flip(ops.cumsum(ops.flip(below, axis=2), axis=2), axis=2)
    return keras.layers.Concatenate()([ops.negative(outwards), nothing, ops.cumsum(above, axis=2)])


def loss(keras: Any) -> Any:
    """The loss: pinball losses of the quantiles on the curved scale, and a Huber loss of the mean's ratio.

    The target is (n, H, 3): curved value, ratio, and 1 where it is known.
    """
    ops = keras.ops
    levels = np.asarray(QUANTILES, np.float32)
    weights = np.where(levels == 0.5, MEDIAN_WEIGHT, 1.0).astype(np.float32)
    weights /= weights.sum()

    def total(target: Any, output: Any) -> Any:
        known = target[:, :, 2:3]
        error = target[:, :, 0:1] - output[:, :, :-1]
        pinball = ops.sum(ops.maximum(levels * error, (levels - 1) * error) * weights, axis=2, keepdims=True)
        distance = ops.abs(target[:, :, 1:2] - output[:, :, -1:])
        huber = ops.where(distance < HUBER, 0.5 * ops.square(distance), HUBER * distance - 0.5 * HUBER**2)
        return ops.sum(known * (pinball + MEAN_WEIGHT * huber)) / (ops.sum(known) + 1.0)

    return total
