"""Trains a classifier by RMSprop on categorical cross-entropy: blocks of steps, each block one compiled program.

Keras's own `fit` gives up XLA where reproducible operations are asked for, and is then several times slower with
LSTM layers; see `models.next_visit.recipes.hazard_lstm.training`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.selection import Progress
from models.next_visit.recipes.classic.channels import Inputs
from models.next_visit.recipes.classic.settings import ClassicSettings

BLOCK = 16
SCORED_ROWS = 8192
SMALLEST = 1e-9
BATCH_ROWS = 256

Build = Callable[[Any, ClassicSettings, int], Any]
"""Builds a network from keras, the settings and the number of classes."""


def train(
    keras: Any,
    build: Build,
    inputs: Inputs,
    targets: NDArray[np.float32],
    settings: ClassicSettings,
    seed: int,
    progress: Progress,
) -> Any:
    """A new network, trained for a fixed number of epochs; untrained where there are no rows.

    Args:
        keras: what `models.common.keras_runtime.start` returned, seeded for the first weights.
        build: makes the network.
        inputs: of the training rows.
        targets: float32 (rows, classes), one-hot.
        settings: epochs, batch size and step size.
        seed: of the order of the rows.
        progress: called after each epoch.
    """
    network = build(keras, settings, targets.shape[1])
    rows = len(targets)
    if not rows:
        return network
    batch = min(BATCH_ROWS, rows)
    program = _program(keras, build, settings, targets.shape[1])
    program.start_from(network)
    order = np.random.default_rng(seed)
    for epoch in range(settings.epochs):
        chosen = order.permutation(rows)[: rows // batch * batch].reshape(-1, batch)
        for begin in range(0, len(chosen), BLOCK):
            program.run(inputs, targets, chosen[begin : begin + BLOCK])
        progress((epoch + 1) / settings.epochs)
    program.copy_to(network)
    return network


def split(rows: int, test_share: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the rows to learn from, and of those to test on: a random share, in random order."""
    order = np.random.default_rng(seed).permutation(rows)
    tests = int(rows * test_share)
    return order[tests:], order[:tests]


def chosen(inputs: Inputs, rows: NDArray[np.int64]) -> Inputs:
    """The inputs of these rows."""
    return [part[rows] for part in inputs]


def classified(network: Any, inputs: Inputs) -> NDArray[np.float32]:
    """The network's probability of each class: (rows, classes)."""
    rows = len(inputs[0])
    size = min(SCORED_ROWS, 1 << max(rows - 1, 0).bit_length())  # powers of two, for few shapes to trace
    parts = [
        network.predict_on_batch(_one_or_all([_padded(part[begin : begin + size], size) for part in inputs]))
        for begin in range(0, rows, size)
    ]
    return np.concatenate(parts)[:rows] if parts else np.zeros((0, network.outputs[0].shape[1]), dtype=np.float32)


def tested(network: Any, inputs: Inputs, targets: NDArray[np.float32]) -> dict[str, float]:
    """How well the network classifies rows that it did not learn from: their number, accuracy and mean log loss."""
    if not len(targets):
        return {"test_windows": 0.0}
    probabilities = classified(network, inputs)
    right = probabilities.argmax(axis=1) == targets.argmax(axis=1)
    came = np.maximum((probabilities * targets).sum(axis=1, dtype=np.float64), SMALLEST)
    return {
        "test_windows": float(len(targets)),
        "test_accuracy": float(right.mean()),
        "test_log_loss": float(-np.log(came).mean()),
    }


def _one_or_all(inputs: list[Any]) -> Any:
    """Keras takes the only input of a network by itself."""
    return inputs[0] if len(inputs) == 1 else inputs


def _padded(values: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    missing = np.zeros((rows - len(values), *values.shape[1:]), dtype=np.float32)
    return np.concatenate([values, missing])


class Program:
    """A compiled block of training steps, with the network and the optimizer that it was compiled for.

    Compiling takes as long as training on a small shop, so one is kept for all fits of a night.
    """

    def __init__(self, keras: Any, network: Any, learning_rate: float) -> None:
        self.network = network
        self.learning_rate = learning_rate
        self.optimizer = keras.optimizers.RMSprop(learning_rate)
        self.optimizer.build(network.trainable_variables)
        self._block = _compiled_block(keras, network, self.optimizer)

    def start_from(self, network: Any) -> None:
        """Take over the variables of a network of the same build, and forget what the optimizer remembers."""
        _copy(network, self.network)
        for variable in self.optimizer.variables:
            variable.assign(np.zeros(variable.shape, dtype=variable.dtype))
        self.optimizer.learning_rate = self.learning_rate

    def copy_to(self, network: Any) -> None:
        """Give the variables to a network of the same build."""
        _copy(self.network, network)

    def run(self, inputs: Inputs, targets: NDArray[np.float32], chosen: NDArray[np.int64]) -> None:
        """One step for each row of `chosen`, row numbers (steps, batch), at most `BLOCK` of them."""
        filled = chosen[np.minimum(np.arange(BLOCK), len(chosen) - 1)]
        self._block([part[filled] for part in inputs], targets[filled], np.int32(len(chosen)))


@lru_cache(maxsize=2)
def _program(keras: Any, build: Build, settings: ClassicSettings, classes: int) -> Program:
    return Program(keras, build(keras, settings, classes), settings.learning_rate)


def _copy(source: Any, target: Any) -> None:
    for old, new in zip(target.variables, source.variables, strict=True):
        old.assign(new)


def _compiled_block(keras: Any, network: Any, optimizer: Any) -> Any:
    """A function that takes as many training steps as its last argument says, on batches stacked in a block."""
    import tensorflow

    @tensorflow.function(jit_compile=True)  # type: ignore[untyped-decorator]
    def block(inputs: Any, targets: Any, steps: Any) -> None:
        step = tensorflow.constant(0)
        while step < steps:  # a range would make the number of steps part of the program
            with tensorflow.GradientTape() as tape:
                probabilities = network(_one_or_all([part[step] for part in inputs]), training=True)
                loss = tensorflow.reduce_mean(keras.losses.categorical_crossentropy(targets[step], probabilities))
            gradients = tape.gradient(loss, network.trainable_variables)
            optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
            step += 1

    def run(inputs: Inputs, targets: NDArray[np.float32], steps: np.int32) -> None:
        constant = tensorflow.constant
        block([constant(part) for part in inputs], constant(targets), constant(steps))

    return run
