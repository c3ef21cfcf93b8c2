"""The training loop: many steps as one graph, built once for a network and used for all its trainings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.arrays import Flags, Singles
from models.common.selection import Progress
from models.sales.features.successions import carrying
from models.sales.recipes.networks.network import Build, NetworkShape, build
from models.sales.recipes.networks.outputs import loss

WEIGHT_DECAY = 1e-3
CLIP_NORM = 1.0

STEPS_AT_ONCE = 50
"""Training steps between two reports of progress."""


@dataclass(frozen=True, eq=False)
class Batches:
    """Which windows each training step learns from.

    Attributes:
        rows: (steps, size) of int32.
        first: Steps before which carried state is forgotten, (steps,); of no matter where none is carried.
    """

    rows: NDArray[np.int32]
    first: Flags

    @classmethod
    def drawn(cls, count: int, size: int, steps: int, generator: np.random.Generator) -> Batches:
        """Every window once, in an order that is drawn, before any comes again."""
        size = min(size, count)
        rounds = [generator.permutation(count) for _ in range(-(-steps * size // count))]
        rows = np.concatenate(rounds)[: steps * size].astype(np.int32)
        return cls(rows.reshape(steps, size), np.zeros(steps, bool))

    @classmethod
    def in_order(cls, first: Flags, size: int, steps: int) -> Batches:
        """Windows as they lie, `size` at a time, from the beginning again when all were taken."""
        rows = np.arange(len(first) * size, dtype=np.int32).reshape(-1, size)
        return cls(np.resize(rows, (steps, size)), np.resize(first, steps))


class Trainer:
    """Trains networks of one shape, as many as wanted: tracing the graph takes as long as a hundred steps.

    Several steps at a time are one graph, which spares the overhead of a call for each. XLA would make a step faster
    still, but compiling takes longer than all the steps of a night together.

    Args:
        keras: The module.
        output: Makes the network's output.
        shape: Sizes.
    """

    def __init__(self, keras: Any, output: Build, shape: NetworkShape) -> None:
        self.keras = keras
        self.output = output
        self.shape = shape
        self._network = build(keras, output, shape)
        self._optimizer = keras.optimizers.AdamW(1e-3, weight_decay=WEIGHT_DECAY, clipnorm=CLIP_NORM)
        self._optimizer.build(self._network.trainable_variables)
        self._advance = _compiled_steps(self._network, self._optimizer, loss(keras))

    def fresh_weights(self) -> list[Any]:
        """Those of a network that has learned nothing, others each time."""
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
        """Take one step for each batch with AdamW, the rate falling to zero along a cosine; returns the weights.

        Args:
            weights: To begin with.
            inputs: Of n windows.
            target: (n, H, 3), see `models.sales.recipes.networks.outputs.loss`.
            batches: Rows of the windows.
            learning_rate: At the first step.
            progress: Told the share that is done.
        """
        import tensorflow

        self._network.set_weights(weights)
        self._forget()
        steps = len(batches.rows)
        data, truth = [tensorflow.constant(array) for array in inputs], tensorflow.constant(target)
        rates = (learning_rate * 0.5 * (1 + np.cos(np.pi * np.arange(steps) / steps))).astype(np.float32)
        for start in range(0, steps, STEPS_AT_ONCE):
            part = slice(start, start + STEPS_AT_ONCE)
            told = [tensorflow.constant(array[part]) for array in (batches.rows, batches.first, rates)]
            self._advance(data, truth, *told)
            progress(min(start + STEPS_AT_ONCE, steps) / steps)
        trained: list[Any] = self._network.get_weights()
        return trained

    def _forget(self) -> None:
        """Start the optimizer anew: no momentum from an earlier training."""
        for variable in self._optimizer.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))


def _compiled_steps(network: Any, optimizer: Any, loss_of: Any) -> Any:
    """A function that takes one training step for each row of row numbers, at that step's rate."""
    import tensorflow

    def described(shape: Any, kind: Any = tensorflow.float32) -> Any:
        return tensorflow.TensorSpec((None, *shape), kind)

    signature = (
        [described(part.shape[1:]) for part in network.inputs],
        described((network.output_shape[1], 3)),
        described((None,), tensorflow.int32),
        described((), tensorflow.bool),
        described(()),
    )

    states = [state for layer in carrying(network) for state in layer.states]

    @tensorflow.function(input_signature=signature)  # type: ignore[untyped-decorator]
    def advance(data: list[Any], truth: Any, batches: Any, first: Any, rates: Any) -> None:
        for step in tensorflow.range(tensorflow.shape(batches)[0]):
            chosen = batches[step]
            for state in states:
                state.assign(tensorflow.where(first[step], tensorflow.zeros_like(state), state))
            optimizer.learning_rate.assign(rates[step])
            with tensorflow.GradientTape() as tape:
                output = network([tensorflow.gather(part, chosen) for part in data], training=True)
                value = loss_of(tensorflow.gather(truth, chosen), output)
            gradients = tape.gradient(value, network.trainable_variables)
            optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))

    return advance
