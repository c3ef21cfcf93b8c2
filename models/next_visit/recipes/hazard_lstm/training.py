"""Trains the network with Adam, the learning rate falling along a cosine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.selection import no_progress
from models.common.training import TrainingLoop, copy_variables, shuffled_batches
from models.next_visit.features.customers import Features
from models.next_visit.recipes.hazard_lstm.network import build, hazard_loss, layers_of, quick_dropout
from models.next_visit.recipes.model import NextVisitTraining
from models.next_visit.settings import NextVisitSettings

BLOCK = 16
BATCH_ROWS = 256
LARGEST_GRADIENT = 1.0

MANY_ROWS = 100_000
"""Training rows from which members learn in threads of their own: before, compiling takes most of the time."""


def train(keras: Any, network: Any, rows: Features, targets: NDArray[np.float32], training: NextVisitTraining) -> None:
    """Fit the network for a fixed number of epochs, the learning rate falling to zero along a cosine.

    The members learn nothing from each other. With many rows each has a thread, since the steps of so small a network
    use one core; what it learns is the same but for rounding.

    Args:
        keras: what `models.common.keras_runtime.start` returned.
        network: as `build` made it; its weights are changed.
        rows: scaled features of the training rows, at least one.
        targets: of `models.next_visit.recipes.hazard_lstm.network.hazard_targets`.
        training: epochs and step size, the seed of the order of the rows, and whom progress is reported to.
    """
    settings = training.settings
    if settings.network.members == 1 or len(targets) < MANY_ROWS:
        _fit(_loop(keras, settings, *_sizes(rows)), network, rows, targets, training)
        return
    single = settings.model_copy(update={"network": settings.network.model_copy(update={"members": 1})})
    share = 1 / settings.network.members
    loops = [_loop(keras, single, *_sizes(rows), member, share) for member in range(settings.network.members)]
    members = [build(keras, single, *_sizes(rows)) for _ in loops]
    for number, member in enumerate(members):
        _copy_layers(layers_of(network, number, len(members)), layers_of(member, 0, 1))
    quiet = replace(training, progress=no_progress)
    with ThreadPoolExecutor(len(loops)) as threads:
        tasks = [
            threads.submit(_fit, loop, member, rows, targets, quiet if number else training)
            for number, (loop, member) in enumerate(zip(loops, members, strict=True))
        ]
        for task in tasks:
            task.result()
    for number, member in enumerate(members):
        _copy_layers(layers_of(member, 0, 1), layers_of(network, number, len(members)))


def _fit(
    loop: TrainingLoop, network: Any, rows: Features, targets: NDArray[np.float32], training: NextVisitTraining
) -> None:
    """Train a network by a loop of its build."""
    settings, batch = training.settings, min(BATCH_ROWS, len(targets))
    loop.start_from(network)
    chosen = shuffled_batches(len(targets), batch, settings.network.epochs, training.seed)
    rates = _rates(settings, len(targets) // batch)
    loop.run([rows.sequence, rows.summary, rows.offset], targets, chosen, rates, progress=training.progress)
    copy_variables(loop.network, network)


def _sizes(rows: Features) -> tuple[int, int]:
    """The numbers of features and of hazards."""
    return rows.summary.shape[1], rows.offset.shape[1]


def _copy_layers(source: list[Any], target: list[Any]) -> None:
    for old, new in zip(target, source, strict=True):
        copy_variables(new, old)


def _rates(settings: NextVisitSettings, steps: int) -> NDArray[np.float64]:
    """The rate of each step, the same for `BLOCK` steps of an epoch: (epochs * steps,)."""
    begin = np.arange(steps) // BLOCK * BLOCK
    done = (np.arange(settings.network.epochs)[:, None] + begin / steps).ravel() / settings.network.epochs
    return np.asarray(settings.network.learning_rate * 0.5 * (1.0 + np.cos(np.pi * done)))


@lru_cache(maxsize=4)
def _loop(
    keras: Any, settings: NextVisitSettings, features: int, hazards: int, member: int = 0, share: float = 1.0
) -> TrainingLoop:
    """The loop of one build, kept for the next training: the gate trains the same build twice.

    Between both it trains another one where settings from a search take part.

    Args:
        keras: what `models.common.keras_runtime.start` returned.
        settings: of the network that is built.
        features: number of features.
        hazards: number of hazards.
        member: tells apart the loops that run at once.
        share: the share of the loss that is this member's; gradients are limited after it.
    """
    dropout = quick_dropout(keras) if settings.network.members == 1 else None
    network = build(keras, settings, features, hazards, dropout)
    optimizer = keras.optimizers.Adam(clipnorm=LARGEST_GRADIENT)
    loss = hazard_loss(keras)
    return TrainingLoop(
        network,
        optimizer,
        lambda targets, outputs: share * loss(targets, outputs),
        (hazards,),
        compiled=True,
        steps_at_once=BLOCK,
    )
