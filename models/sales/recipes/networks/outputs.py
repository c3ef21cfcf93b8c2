"""What every network gives, and what it is trained by: quantiles that cannot cross, and a mean.

The output is (H, 6): the five quantiles on the curved scale in order, then the mean as a ratio to the level.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from models.sales.features.inputs import CANDIDATES
from models.sales.features.scaling import LARGEST_RATIO, SHIFT, SLOPE, STRETCH
from models.sales.recipes.constraints import QUANTILES
from models.sales.recipes.networks.shape import NetworkInputs

OUTPUTS = len(QUANTILES) + 1
"""Columns of the output."""

MEDIAN_WEIGHT = 4.0
"""The weight of the median's loss beside that of each other quantile: it is what most people read."""

MEAN_WEIGHT = 0.3
"""The weight of the mean's loss beside the quantiles'."""

WIDE = 3.0
"""Multiplied with a series' spread, and with about 0.3 at the start of training: a distance of quantiles."""

GENTLE = 0.1
"""Scales the corrections of the mean, so that training starts close to where the quantiles are."""

HUBER = 4.0
"""Errors of the mean, in levels, beyond which they count linearly."""

LARGEST_CURVED = float((np.arcsinh(SLOPE * LARGEST_RATIO) - SHIFT) / STRETCH)


def mixed_outputs(keras: Any, hidden: Any, inputs: NetworkInputs) -> Any:
    """Median and mean as learned mixes of the candidates, each corrected; (H, 6).

    Args:
        keras: The module.
        hidden: (H, n).
        inputs: The network's, for candidates and spread.
    """
    candidates = inputs.candidates
    # One layer for all that the head gives, and one sum for the quantiles: TensorFlow adds three or more gradients of
    # one tensor in the order in which they happen to arrive, and no two trainings would be the same.
    given = keras.layers.Dense(2 * CANDIDATES + 7)(hidden)
    mixes, rest = given[:, :, : 2 * CANDIDATES], given[:, :, 2 * CANDIDATES :]
    median = _mix(keras.ops, mixes[:, :, :CANDIDATES], candidates) + rest[:, :, 0:1]
    mean = _mix(keras.ops, mixes[:, :, CANDIDATES:], _ratio(keras.ops, candidates))
    return _joined(keras, median, mean, rest[:, :, 1:], inputs.spread)


def plain_outputs(keras: Any, hidden: Any, inputs: NetworkInputs) -> Any:
    """Median and mean straight from the hidden layer, (H, 6).

    Args:
        keras: The module.
        hidden: (H, n).
        inputs: The network's, for the spread.
    """
    given = keras.layers.Dense(7)(hidden)
    median = given[:, :, 0:1]
    mean = _ratio(keras.ops, keras.ops.stop_gradient(median))
    return _joined(keras, median, mean, given[:, :, 1:], inputs.spread)


def _joined(keras: Any, median: Any, mean: Any, rest: Any, spread: Any) -> Any:
    ops = keras.ops
    quantiles = median + _distances(keras, rest[:, :, 0:4]) * spread * WIDE
    corrected = mean * ops.exp(ops.tanh(rest[:, :, 4:5] * GENTLE)) + rest[:, :, 5:6] * GENTLE
    return keras.layers.Concatenate()([quantiles, corrected])


def _mix(ops: Any, weights: Any, candidates: Any) -> Any:
    return ops.sum(ops.softmax(weights, axis=2) * candidates, axis=2, keepdims=True)


def _ratio(ops: Any, curved: Any) -> Any:
    bounded = ops.clip(curved, -LARGEST_CURVED, LARGEST_CURVED)
    return ops.sinh(bounded * STRETCH + SHIFT) / SLOPE


def _distances(keras: Any, widths: Any) -> Any:
    """How far each quantile lies from the median, (H, 5): zero in the middle, growing outwards on both sides."""
    ops = keras.ops
    widths = ops.softplus(widths - 1.0)
    below, above = widths[:, :, 0:2], widths[:, :, 2:4]
    nothing = ops.zeros_like(widths[:, :, 0:1])
    inwards = ops.flip(ops.cumsum(below, axis=2), axis=2)
    return keras.layers.Concatenate()([ops.negative(inwards), nothing, ops.cumsum(above, axis=2)])


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
        error = target[:, :, 0:1] - output[:, :, :5]
        pinball = ops.sum(ops.maximum(levels * error, (levels - 1) * error) * weights, axis=2, keepdims=True)
        distance = ops.abs(target[:, :, 1:2] - output[:, :, 5:6])
        huber = ops.where(distance < HUBER, 0.5 * ops.square(distance), HUBER * distance - 0.5 * HUBER**2)
        return ops.sum(known * (pinball + MEAN_WEIGHT * huber)) / (ops.sum(known) + 1.0)

    return total
