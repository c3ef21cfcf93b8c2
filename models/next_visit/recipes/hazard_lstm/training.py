"""Trains the network: blocks of steps, each block one XLA-compiled program.

Keras's own `fit` gives up XLA where reproducible operations are asked for, and without it an LSTM trains several
times slower. Compiling takes as long as training on a small shop, so the program is kept and serves both fits of
a night: it trains a network of its own, whose variables are set before and copied out after.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.selection import Progress
from models.next_visit.features.customers import Features
from models.next_visit.recipes.hazard_lstm.network import build, hazard_loss
from models.next_visit.settings import NextVisitSettings

BLOCK = 16
BATCH_ROWS = 256
LARGEST_GRADIENT = 1.0


def train(
    keras: Any,
    network: Any,
    rows: Features,
    targets: NDArray[np.float32],
    settings: NextVisitSettings,
    seed: int,
    progress: Progress,
) -> None:
    """Fit the network for a fixed number of epochs, the step size falling to zero along a cosine.

    Args:
        keras: what `models.common.keras_runtime.start` returned.
        network: as `build` made it; its weights are changed.
        rows: scaled features of the training rows, at least one.
        targets: of `models.next_visit.recipes.hazard_lstm.network.hazard_targets`.
        settings: epochs, batch size and step size.
        seed: of the order of the rows.
        progress: called after each epoch.
    """
    batch = min(BATCH_ROWS, len(targets))
    program = _program(keras, settings, rows.summary.shape[1], rows.offset.shape[1], batch)
    program.start_from(network)
    steps, order = len(targets) // batch, np.random.default_rng(seed)
    for epoch in range(settings.network.epochs):
        chosen = order.permutation(len(targets))[: steps * batch].reshape(steps, batch)
        for begin in range(0, steps, BLOCK):
            done = (epoch + begin / steps) / settings.network.epochs
            rate = settings.network.learning_rate * 0.5 * (1.0 + math.cos(math.pi * done))
            program.run(rows, targets, chosen[begin : begin + BLOCK], rate)
        progress((epoch + 1) / settings.network.epochs)
    program.copy_to(network)


class Program:
    """A compiled block of training steps, with the network and the optimizer that it was compiled for."""

    def __init__(self, keras: Any, network: Any) -> None:
        self.network = network
        self.optimizer = keras.optimizers.Adam(clipnorm=LARGEST_GRADIENT)
        self.optimizer.build(network.trainable_variables)
        self._block = _compiled_block(keras, network, self.optimizer)

    def start_from(self, network: Any) -> None:
        """Take over the variables of a network of the same build, and forget what the optimizer remembers."""
        _copy(network, self.network)
        for variable in self.optimizer.variables:
            variable.assign(np.zeros(variable.shape, dtype=variable.dtype))

    def copy_to(self, network: Any) -> None:
        """Give the variables to a network of the same build."""
        _copy(self.network, network)

    def run(self, rows: Features, targets: NDArray[np.float32], chosen: NDArray[np.int64], rate: float) -> None:
        """One step for each row of `chosen`, row numbers (steps, batch), at most `BLOCK` of them."""
        steps = np.int32(len(chosen))
        filled = chosen[np.minimum(np.arange(BLOCK), steps - 1)]
        self.optimizer.learning_rate = rate
        self._block(rows.sequence[filled], rows.summary[filled], rows.offset[filled], targets[filled], steps)


@lru_cache(maxsize=1)
def _program(keras: Any, settings: NextVisitSettings, features: int, hazards: int, batch: int) -> Program:
    return Program(keras, build(keras, settings, features, hazards))


def _copy(source: Any, target: Any) -> None:
    for old, new in zip(target.variables, source.variables, strict=True):
        old.assign(new)


def _compiled_block(keras: Any, network: Any, optimizer: Any) -> Any:
    """A function that takes as many training steps as its last argument says, on batches stacked in a block."""
    import tensorflow

    loss = hazard_loss(keras)

    @tensorflow.function(jit_compile=True, reduce_retracing=True)  # type: ignore[untyped-decorator]
    def block(sequence: Any, summary: Any, offset: Any, targets: Any, steps: Any) -> None:
        step = tensorflow.constant(0)
        while step < steps:  # a range would make the number of steps part of the program
            with tensorflow.GradientTape() as tape:
                log_odds = network([sequence[step], summary[step], offset[step]], training=True)
                value = tensorflow.reduce_mean(loss(targets[step], log_odds))
            gradients = tape.gradient(value, network.trainable_variables)
            optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
            step += 1

    def run(*arguments: Any) -> None:
        block(*(tensorflow.constant(argument) for argument in arguments))

    return run
