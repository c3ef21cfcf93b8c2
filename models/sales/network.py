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

LARGEST_EXPONENT = 5.0
"""Curved values beyond are cut inside the loss of the mean: ratios of about a thousand."""

MEAN_WEIGHT = 0.3
"""The weight of the mean's loss beside the quantiles'."""

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
    median = layers.Add()([_mix(layers, ops, hidden, candidates), layers.Dense(1)(hidden)])
    widths = layers.Dense(4, activation="softplus", bias_initializer=keras.initializers.Constant(-1.0))(hidden)
    above, below = widths[:, :, 0:1], widths[:, :, 2:3]
    far_above, far_below = above + widths[:, :, 1:2], below + widths[:, :, 3:4]
    ratio = ops.sinh(ops.clip(candidates * STRETCH + SHIFT, -10.0, 10.0)) / SLOPE
    factor = ops.exp(layers.Activation("tanh")(layers.Dense(1, kernel_initializer="zeros")(hidden)))
    mean = _mix(layers, ops, hidden, ratio) * factor + layers.Dense(1, kernel_initializer="zeros")(hidden)
    output = layers.Concatenate()(
        [median - far_below, median - below, median, median + above, median + far_above, mean]
    )
    return keras.Model([past, candidates, steps], output)


def _mix(layers: Any, ops: Any, hidden: Any, candidates: Any) -> Any:
    weights = layers.Dense(CANDIDATES, activation="softmax")(hidden)
    return ops.sum(weights * candidates, axis=2, keepdims=True)


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
