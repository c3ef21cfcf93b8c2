"""Trains the network with Adam, the learning rate falling along a cosine."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.training import TrainingLoop, copy_variables, shuffled_batches
from models.next_visit.features.customers import Features
from models.next_visit.recipes.hazard_lstm.network import build, hazard_loss
from models.next_visit.recipes.model import NextVisitTraining
from models.next_visit.settings import NextVisitSettings

BLOCK = 16
BATCH_ROWS = 256
LARGEST_GRADIENT = 1.0


def train(keras: Any, network: Any, rows: Features, targets: NDArray[np.float32], training: NextVisitTraining) -> None:
    """Fit the network for a fixed number of epochs, the learning rate falling to zero along a cosine.

    Args:
        keras: what `models.common.keras_runtime.start` returned.
        network: as `build` made it; its weights are changed.
        rows: scaled features of the training rows, at least one.
        targets: of `models.next_visit.recipes.hazard_lstm.network.hazard_targets`.
        training: epochs and step size, the seed of the order of the rows, and whom progress is reported to.
    """
    settings, batch = training.settings, min(BATCH_ROWS, len(targets))
    loop = _loop(keras, settings, rows.summary.shape[1], rows.offset.shape[1])
    loop.start_from(network)
    chosen = shuffled_batches(len(targets), batch, settings.network.epochs, training.seed)
    rates = _rates(settings, len(targets) // batch)
    loop.run([rows.sequence, rows.summary, rows.offset], targets, chosen, rates, progress=training.progress)
    copy_variables(loop.network, network)


def _rates(settings: NextVisitSettings, steps: int) -> NDArray[np.float64]:
    """The rate of each step, the same for `BLOCK` steps of an epoch: (epochs * steps,)."""
    begin = np.arange(steps) // BLOCK * BLOCK
    done = (np.arange(settings.network.epochs)[:, None] + begin / steps).ravel() / settings.network.epochs
    return np.asarray(settings.network.learning_rate * 0.5 * (1.0 + np.cos(np.pi * done)))


@lru_cache(maxsize=2)
def _loop(keras: Any, settings: NextVisitSettings, features: int, hazards: int) -> TrainingLoop:
    """The loop of one build, kept for the next training: the gate trains the same build twice.

    Between both it trains another one where settings from a search take part.
    """
    network = build(keras, settings, features, hazards)
    optimizer = keras.optimizers.Adam(clipnorm=LARGEST_GRADIENT)
    return TrainingLoop(network, optimizer, hazard_loss(keras), (hazards,), compiled=True, steps_at_once=BLOCK)
