"""Training the members of a network: which windows each step learns from, the optimizer and its rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.common.arrays import Flags, Integers, Singles
from models.common.selection import Progress
from models.common.training import TrainingLoop, falling
from models.sales.features.successions import carrying
from models.sales.recipes.networks.network import Build, NetworkShape, build
from models.sales.recipes.networks.outputs import loss

WEIGHT_DECAY = 1e-3
CLIP_NORM = 1.0

STEPS_AT_ONCE = 50
"""Training steps of a block: between two reports of progress."""

LOOPS = 4
"""Loops that are kept, one for each network of a night; one more drops the one that was used the longest ago."""

_kept: dict[tuple[Build, NetworkShape], TrainingLoop] = {}


@dataclass(frozen=True, eq=False)
class Batches:
    """Which windows each training step learns from.

    Attributes:
        rows: (steps, size).
        first: Whether a carried state is set to zero before each step, (steps,); without effect if none is carried.
    """

    rows: Integers
    first: Flags

    @classmethod
    def drawn(cls, count: int, size: int, steps: int, generator: np.random.Generator) -> Batches:
        """Every window once, in a random order, before any comes again."""
        size = min(size, count)
        rounds = [generator.permutation(count) for _ in range(-(-steps * size // count))]
        rows = np.concatenate(rounds)[: steps * size]
        return cls(rows.reshape(steps, size), np.zeros(steps, bool))

    @classmethod
    def in_order(cls, first: Flags, size: int, steps: int) -> Batches:
        """Windows in their order, `size` at a time, from the beginning again after the last."""
        rows = np.arange(len(first) * size).reshape(-1, size)
        return cls(np.resize(rows, (steps, size)), np.resize(first, steps))


class Trainer:
    """Trains the members of any number of networks of one shape.

    It does not use XLA: compiling would take longer than all the steps of a night.

    Args:
        keras: The module.
        output: Builds the network's output.
        shape: Sizes of the network.
    """

    def __init__(self, keras: Any, output: Build, shape: NetworkShape) -> None:
        self.keras = keras
        self.output = output
        self.shape = shape
        self._loop = _loop(keras, output, shape)

    def fresh_weights(self) -> list[Any]:
        """First weights of a new network, different ones each time."""
        weights: list[Any] = build(self.keras, self.output, self.shape).get_weights()
        return weights

    def train(
        self,
        weights: list[Any],
        inputs: list[Singles],
        target: Singles,
        batches: Batches,
        learning_rate: float,
        progress: Progress,
    ) -> list[Any]:
        """Take one step of AdamW for each batch, the rate falling to zero along a cosine; returns the weights.

        Args:
            weights: First weights.
            inputs: Inputs of n windows.
            target: (n, H, 3), see `models.sales.recipes.networks.outputs.loss`.
            batches: Rows of the windows.
            learning_rate: At the first step.
            progress: Called with the share that is done.
        """
        self._loop.start_with(weights)
        rates = falling(learning_rate, len(batches.rows))
        self._loop.run(inputs, target, batches.rows, rates, batches.first, progress)
        trained: list[Any] = self._loop.network.get_weights()
        return trained


def _loop(keras: Any, output: Build, shape: NetworkShape) -> TrainingLoop:
    """The loop of one build, kept for the next trainings, so that a build is traced once.

    A network is built whether or not a loop is kept, so that what is drawn next are the same first weights.
    """
    network = build(keras, output, shape)
    loop = _kept.pop((output, shape), None) or _new_loop(keras, network, shape)
    _kept[output, shape] = loop
    if len(_kept) > LOOPS:
        del _kept[next(iter(_kept))]
    return loop


def _new_loop(keras: Any, network: Any, shape: NetworkShape) -> TrainingLoop:
    return TrainingLoop(
        network,
        keras.optimizers.AdamW(weight_decay=WEIGHT_DECAY, clipnorm=CLIP_NORM),
        loss(keras),
        (shape.horizon, 3),
        compiled=False,
        steps_at_once=STEPS_AT_ONCE,
        states=[state for layer in carrying(network) for state in layer.states],
    )
