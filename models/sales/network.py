"""The network: one LSTM shared by all series, and a head that mixes what each step might repeat.

The LSTM reads the look-back in patches. For each step the head sees the LSTM's state, the step's calendar and
candidates (the same position in past seasons, their means, the recent level). The median is a learned mix of the
candidates plus a correction; the other quantiles lie a softplus apart from it, so that they never cross; the mean is a
mix of its own on the scale of ratios, times a correction. Stock layers only, so that the file loads safely.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from models.sales.features import CANDIDATES
from models.sales.outcome import QUANTILES
from models.sales.scaling import SHIFT, SLOPE, STRETCH

MEAN_WEIGHT = 0.3
"""The weight of the mean's loss beside the quantiles'."""

GENTLE = 0.1
"""Scales the corrections of the mean, so that training starts close to the mix."""

HUBER = 4.0
"""Errors of the mean, in levels, beyond which they count linearly."""


def build(keras: Any, patches: int, patch_columns: int, horizon: int, step_columns: int, units: int) -> Any:
    """A new network.

    Inputs: past (patches, patch_columns), candidates (H, `CANDIDATES`), steps (H, step_columns).
    Output: (H, 6): the quantiles on the curved scale in order, then the mean as a ratio.

    Args:
        keras: The module, from `models.keras_runtime.start`.
        patches: Steps of the LSTM.
        patch_columns: Columns of each.
        horizon: H.
        step_columns: Columns that describe a step.
        units: Cells of the LSTM.
    """
    layers, ops = keras.layers, keras.ops
    past = keras.Input((patches, patch_columns), name="past")
    candidates = keras.Input((horizon, CANDIDATES), name="candidates")
    steps = keras.Input((horizon, step_columns), name="steps")
    state = layers.LSTM(units, name="lstm")(past)
    hidden = layers.Add()([
        layers.Reshape((1, 64))(layers.Dense(64)(state)),
        layers.Dense(64, use_bias=False)(layers.Concatenate()([candidates, steps])),
    ])  # fmt: skip
    hidden = layers.Activation("silu")(hidden)
    hidden = layers.Dense(48, activation="silu")(hidden)
    # One layer for all that the head gives, and one sum for the quantiles: TensorFlow adds three or more gradients of
    # one tensor in the order in which they happen to arrive, and no two trainings would be the same.
    given = layers.Dense(2 * CANDIDATES + 7)(hidden)
    mixes, rest = given[:, :, : 2 * CANDIDATES], given[:, :, 2 * CANDIDATES :]
    median = _mix(ops, mixes[:, :, :CANDIDATES], candidates) + rest[:, :, 0:1]
    quantiles = median + _distances(layers, ops, rest[:, :, 1:5])
    ratio = ops.sinh(ops.clip(candidates * STRETCH + SHIFT, -10.0, 10.0)) / SLOPE
    factor = ops.exp(ops.tanh(rest[:, :, 5:6] * GENTLE))
    mean = _mix(ops, mixes[:, :, CANDIDATES:], ratio) * factor + rest[:, :, 6:7] * GENTLE
    return keras.Model([past, candidates, steps], layers.Concatenate()([quantiles, mean]))


def _mix(ops: Any, weights: Any, candidates: Any) -> Any:
    return ops.sum(ops.softmax(weights, axis=2) * candidates, axis=2, keepdims=True)


def _distances(layers: Any, ops: Any, widths: Any) -> Any:
    """How far each quantile lies from the median, (H, 5): zero in the middle, growing outwards on both sides."""
    widths = ops.softplus(widths - 1.0)
    below, above = widths[:, :, 0:2], widths[:, :, 2:4]
    nothing = ops.zeros_like(widths[:, :, 0:1])
    outwards = ops.cumsum(above, axis=2)
    inwards = ops.flip(ops.cumsum(below, axis=2), axis=2)
    return layers.Concatenate()([ops.negative(inwards), nothing, outwards])


def loss(keras: Any) -> Any:
    """The loss: pinball losses of the quantiles on the curved scale, and a Huber loss of the mean's ratio.

    The target is (n, H, 3): curved value, ratio, and 1 where it is known.
    """
    ops = keras.ops
    levels = np.asarray(QUANTILES, np.float32)

    def total(target: Any, output: Any) -> Any:
        known = target[:, :, 2:3]
        error = target[:, :, 0:1] - output[:, :, :5]
        pinball = ops.mean(ops.maximum(levels * error, (levels - 1) * error), axis=2, keepdims=True)
        distance = ops.abs(target[:, :, 1:2] - output[:, :, 5:6])
        huber = ops.where(distance < HUBER, 0.5 * ops.square(distance), HUBER * distance - 0.5 * HUBER**2)
        return ops.sum(known * (pinball + MEAN_WEIGHT * huber)) / (ops.sum(known) + 1.0)

    return total
