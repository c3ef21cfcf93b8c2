"""The training loop: many steps as one graph, built once for a network and used for all its trainings."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.sales import network as networks
from models.sales.arrays import Singles
from models.sales.settings import SalesSettings
from models.selection import Progress

WEIGHT_DECAY = 1e-3
CLIP_NORM = 1.0

STEPS_AT_ONCE = 50
"""Training steps between two reports of progress."""


class Trainer:
    """Trains one network, as often as wanted: tracing the graph takes as long as a hundred steps.

    Several steps at a time are one graph, which spares the overhead of a call for each. XLA would make a step faster
    still, but compiling takes longer than all the steps of a night together.

    Args:
        keras: The module.
        network: From `models.sales.network.build`.
    """

    def __init__(self, keras: Any, network: Any) -> None:
        self.network = network
        self._optimizer = keras.optimizers.AdamW(1e-3, weight_decay=WEIGHT_DECAY, clipnorm=CLIP_NORM)
        self._optimizer.build(network.trainable_variables)
        self._advance = _compiled_steps(network, self._optimizer, networks.loss(keras))

    def train(
        self,
        inputs: list[Singles],
        target: Singles,
        steps: int,
        settings: SalesSettings,
        generator: np.random.Generator,
        progress: Progress,
    ) -> None:
        """Take a number of steps with AdamW, the rate falling to zero along a cosine.

        Args:
            inputs: Of n windows.
            target: (n, H, 3), see `models.sales.network.loss`.
            steps: Batches to learn from, going around the windows as often as needed.
            settings: Batch size and learning rate.
            generator: Draws the order of the windows.
            progress: Told the share that is done.
        """
        import tensorflow

        self._forget()
        batch = min(settings.batch_size, len(target))
        data, truth = [tensorflow.constant(array) for array in inputs], tensorflow.constant(target)
        order = _order(len(target), steps * batch, generator).reshape(-1, batch)
        rates = (settings.learning_rate * 0.5 * (1 + np.cos(np.pi * np.arange(steps) / steps))).astype(np.float32)
        for start in range(0, steps, STEPS_AT_ONCE):
            part = slice(start, start + STEPS_AT_ONCE)
            self._advance(data, truth, tensorflow.constant(order[part]), tensorflow.constant(rates[part]))
            progress(min(start + STEPS_AT_ONCE, steps) / steps)

    def _forget(self) -> None:
        """Start the optimizer anew: no momentum from an earlier training."""
        for variable in self._optimizer.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))


def _order(rows: int, length: int, generator: np.random.Generator) -> NDArray[np.int32]:
    """Row numbers, every row once before any comes again."""
    rounds = [generator.permutation(rows) for _ in range(-(-length // rows))]
    return np.concatenate(rounds)[:length].astype(np.int32)


def _compiled_steps(network: Any, optimizer: Any, loss: Any) -> Any:
    """A function that takes one training step for each row of row numbers, at that step's rate."""
    import tensorflow

    def described(shape: Any, kind: Any = tensorflow.float32) -> Any:
        return tensorflow.TensorSpec((None, *shape), kind)

    signature = (
        [described(part.shape[1:]) for part in network.inputs],
        described((network.output_shape[1], 3)),
        described((None,), tensorflow.int32),
        described(()),
    )

    @tensorflow.function(input_signature=signature)  # type: ignore[untyped-decorator]
    def advance(data: list[Any], truth: Any, batches: Any, rates: Any) -> None:
        for step in tensorflow.range(tensorflow.shape(batches)[0]):
            chosen = batches[step]
            optimizer.learning_rate.assign(rates[step])
            with tensorflow.GradientTape() as tape:
                output = network([tensorflow.gather(part, chosen) for part in data], training=True)
                value = loss(tensorflow.gather(truth, chosen), output)
            gradients = tape.gradient(value, network.trainable_variables)
            optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))

    return advance
