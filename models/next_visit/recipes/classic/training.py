"""Trains a classifier by RMSprop on categorical cross-entropy, classifies by it and tests it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.training import TrainingLoop, copy_variables, shuffled_batches
from models.next_visit.recipes.classic.channels import Inputs
from models.next_visit.recipes.classic.settings import ClassicSettings
from models.next_visit.recipes.model import NextVisitTraining

BLOCK = 16
SCORED_ROWS = 8192
SMALLEST = 1e-9
BATCH_ROWS = 256

Build = Callable[[Any, ClassicSettings, int], Any]
"""Builds a network from keras, the settings and the number of classes."""


def train(keras: Any, build: Build, inputs: Inputs, targets: NDArray[np.float32], training: NextVisitTraining) -> Any:
    """A new network, trained for a fixed number of epochs; untrained where there are no rows.

    Args:
        keras: what `models.common.keras_runtime.start` returned, seeded for the first weights.
        build: makes the network.
        inputs: inputs of the training rows.
        targets: float32 (rows, classes), one-hot.
        training: epochs and step size, the seed of the order of the rows, and whom progress is reported to.
    """
    settings, rows = training.settings.classic, len(targets)
    network = build(keras, settings, targets.shape[1])
    if not rows:
        return network
    batch = min(BATCH_ROWS, rows)
    loop = _loop(keras, build, settings, targets.shape[1])
    loop.start_from(network)
    batches = shuffled_batches(rows, batch, settings.epochs, training.seed)
    loop.run(inputs, targets, batches, settings.learning_rate, progress=training.progress)
    copy_variables(loop.network, network)
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
    """The accuracy of the network on rows that it did not learn from: their number, accuracy and mean log loss."""
    if not len(targets):
        return {"test_windows": 0.0}
    probabilities = classified(network, inputs)
    right = probabilities.argmax(axis=1) == targets.argmax(axis=1)
    given = np.maximum((probabilities * targets).sum(axis=1, dtype=np.float64), SMALLEST)
    return {
        "test_windows": float(len(targets)),
        "test_accuracy": float(right.mean()),
        "test_log_loss": float(-np.log(given).mean()),
    }


def _one_or_all(inputs: list[Any]) -> Any:
    """Keras takes the only input of a network by itself."""
    return inputs[0] if len(inputs) == 1 else inputs


def _padded(values: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    missing = np.zeros((rows - len(values), *values.shape[1:]), dtype=np.float32)
    return np.concatenate([values, missing])


@lru_cache(maxsize=2)
def _loop(keras: Any, build: Build, settings: ClassicSettings, classes: int) -> TrainingLoop:
    """The loop of one build, kept for the next training: the gate trains the same build twice."""
    network = build(keras, settings, classes)
    optimizer, loss = keras.optimizers.RMSprop(settings.learning_rate), keras.losses.categorical_crossentropy
    return TrainingLoop(network, optimizer, loss, (classes,), compiled=True, steps_at_once=BLOCK)
