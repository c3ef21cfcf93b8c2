"""The network: one LSTM shared by all series, and a head that mixes what each step might repeat.

The LSTM reads the look-back in patches. For each step the head sees the LSTM's state, the step's calendar and
candidates (the same position in past seasons, their means, the recent level). The median is a learned mix of the
candidates plus a correction; the other quantiles lie a softplus apart from it, so that they never cross; the mean is a
mix of its own on the scale of ratios, times a correction. Stock layers only, so that the file loads safely.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.sales.arrays import Singles
from models.sales.features import CANDIDATES
from models.sales.outcome import QUANTILES
from models.sales.scaling import SHIFT, SLOPE, STRETCH
from models.sales.settings import SalesSettings
from models.selection import Progress

LARGEST_EXPONENT = 5.0
"""Curved values beyond are cut inside the loss of the mean: ratios of about a thousand."""

MEAN_WEIGHT = 0.3
"""The weight of the mean's loss beside the quantiles'."""

WEIGHT_DECAY = 1e-3

STEPS_AT_ONCE = 50
"""Training steps between two reports of progress."""

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


def train(
    keras: Any,
    network: Any,
    inputs: list[Singles],
    target: Singles,
    steps: int,
    settings: SalesSettings,
    generator: np.random.Generator,
    progress: Progress,
) -> None:
    """Train for a number of steps, AdamW falling along a cosine.

    Several steps at a time are one graph, which spares the overhead of a call for each. XLA would make a step faster
    still, but compiling takes longer than all the steps of a night together.

    Args:
        keras: The module.
        network: From `build`; changed.
        inputs: Of n windows.
        target: (n, H, 3), see `loss`.
        steps: Batches to learn from, going around the windows as often as needed.
        settings: Batch size and learning rate.
        generator: Draws the order of the windows.
        progress: Told the share that is done.
    """
    import tensorflow

    batch = min(settings.batch_size, len(target))
    schedule = keras.optimizers.schedules.CosineDecay(settings.learning_rate, steps)
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=WEIGHT_DECAY, clipnorm=1.0)
    optimizer.build(network.trainable_variables)
    data, truth = [tensorflow.constant(array) for array in inputs], tensorflow.constant(target)
    order = _order(len(target), steps * batch, generator).reshape(-1, batch)
    advance = _compiled_steps(keras, network, optimizer)
    for start in range(0, steps, STEPS_AT_ONCE):
        advance(data, truth, tensorflow.constant(order[start : start + STEPS_AT_ONCE]))
        progress(min(start + STEPS_AT_ONCE, steps) / steps)


def _order(rows: int, length: int, generator: np.random.Generator) -> NDArray[np.int32]:
    """Row numbers, every row once before any comes again."""
    rounds = [generator.permutation(rows) for _ in range(-(-length // rows))]
    return np.concatenate(rounds)[:length].astype(np.int32)


def _compiled_steps(keras: Any, network: Any, optimizer: Any) -> Any:
    """A function that takes one training step for each row of row numbers in its last argument."""
    import tensorflow

    total = loss(keras)

    @tensorflow.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def advance(data: list[Any], truth: Any, batches: Any) -> None:
        for step in tensorflow.range(tensorflow.shape(batches)[0]):
            chosen = batches[step]
            with tensorflow.GradientTape() as tape:
                output = network([tensorflow.gather(part, chosen) for part in data], training=True)
                value = total(tensorflow.gather(truth, chosen), output)
            gradients = tape.gradient(value, network.trainable_variables)
            optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))

    return advance
