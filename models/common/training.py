"""The training loop of all Keras networks: blocks of steps, each block one call of a compiled program.

Keras's own `fit` gives up XLA where operations have to be reproducible, and without XLA an LSTM trains several times
slower; and calling a program for every single step costs as much as a small network's step itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from models.common.arrays import Flags, Floats, Integers, Singles
from models.common.selection import Progress, no_progress


class TrainingLoop:
    """Trains any number of networks of one build by one program, since compiling takes as long as hundreds of steps.

    The loop has its own network. Each training takes over the variables of another network of the same build, or new
    weights, and starts with a fresh optimizer.

    Args:
        network: the Keras network that is trained.
        optimizer: a Keras optimizer; its learning rate is set at each step.
        loss: loss of targets and outputs; its mean is minimised.
        target_shape: shape of the targets of one row.
        compiled: whether XLA compiles the block: steps are then several times faster, but compiling takes longer than
            all steps of a short training.
        steps_at_once: training steps of a block.
        states: variables that a network carries from step to step; `run` says before which steps they are reset.
    """

    def __init__(
        self,
        network: Any,
        optimizer: Any,
        loss: Callable[[Any, Any], Any],
        target_shape: tuple[int, ...],
        *,
        compiled: bool,
        steps_at_once: int,
        states: Sequence[Any] = (),
    ) -> None:
        optimizer.build(network.trainable_variables)
        self.network = network
        self._optimizer = optimizer
        self._steps_at_once = steps_at_once
        # Made now, by the thread that builds the network: any thread may then run the program.
        self._block = _block(network, optimizer, loss, target_shape, compiled, states).get_concrete_function()

    def start_from(self, network: Any) -> None:
        """Take over the variables of a network of the same build, including those of its random generators."""
        copy_variables(network, self.network)
        self._reset_optimizer()

    def start_with(self, weights: list[Any]) -> None:
        """Start with weights, as `get_weights` of a network of the same build gives them."""
        self.network.set_weights(weights)
        self._reset_optimizer()

    def _reset_optimizer(self) -> None:
        for variable in self._optimizer.variables:
            variable.assign(np.zeros(variable.shape, dtype=variable.dtype))

    def run(
        self,
        inputs: Sequence[Singles],
        targets: Singles,
        rows: Integers,
        rates: float | Floats,
        reset: Flags | None = None,
        progress: Progress = no_progress,
    ) -> None:
        """Take one training step for each row of `rows`, from where the last call ended.

        Args:
            inputs: one array for each input of the network, (n, ...).
            targets: (n, ...).
            rows: which of the n rows each step learns from, (steps, batch).
            rates: learning rate, of all steps or of each, (steps,).
            reset: steps before which the states are set to zero, (steps,); by default none.
            progress: called after each block with the share that is done.
        """
        steps, size = len(rows), self._steps_at_once
        each = np.broadcast_to(np.asarray(rates, dtype=np.float32), (steps,))
        resets = np.zeros(steps, dtype=np.bool_) if reset is None else reset
        for begin in range(0, steps, size):
            place = np.minimum(np.arange(begin, begin + size), steps - 1)  # a block of one length is compiled once
            chosen = rows[place]
            arrays = [part[chosen] for part in inputs], targets[chosen], each[place], resets[place]
            self._block(*arrays, np.int32(min(size, steps - begin)))
            progress(min(begin + size, steps) / steps)


def copy_variables(source: Any, target: Any) -> None:
    """Give all variables of a network to another one of the same build."""
    for old, new in zip(target.variables, source.variables, strict=True):
        old.assign(new)


def falling(rate: float, steps: int) -> Floats:
    """Learning rates that fall from `rate` to zero along a cosine (Loshchilov and Hutter, 2017), (steps,)."""
    return np.asarray(rate * 0.5 * (1.0 + np.cos(np.pi * np.arange(steps) / steps)))


def shuffled_batches(rows: int, batch: int, epochs: int, seed: int) -> Integers:
    """Row numbers of whole batches, (steps, batch), in a new order in each epoch; a last partial batch is left out."""
    generator, whole = np.random.default_rng(seed), rows // batch * batch
    return np.concatenate([generator.permutation(rows)[:whole].reshape(-1, batch) for _ in range(epochs)])


def _block(
    network: Any,
    optimizer: Any,
    loss: Callable[[Any, Any], Any],
    target_shape: tuple[int, ...],
    compiled: bool,
    states: Sequence[Any],
) -> Any:
    """A function that takes a block of steps, at most as many as its last argument says."""
    import tensorflow

    @tensorflow.function(jit_compile=compiled, input_signature=_signature(network, target_shape))  # type: ignore[untyped-decorator]
    def block(inputs: Any, targets: Any, rates: Any, resets: Any, steps: Any) -> None:
        step = tensorflow.constant(0)
        while step < steps:  # a range would make the number of steps part of the program
            for state in states:
                state.assign(tensorflow.where(resets[step], tensorflow.zeros_like(state), state))
            optimizer.learning_rate.assign(rates[step])
            batch = [part[step] for part in inputs]
            with tensorflow.GradientTape() as tape:
                outputs = network(batch if len(batch) > 1 else batch[0], training=True)
                value = tensorflow.reduce_mean(loss(targets[step], outputs))
            gradients = tape.gradient(value, network.trainable_variables)
            optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
            step += 1

    return block


def _signature(network: Any, target_shape: tuple[int, ...]) -> tuple[Any, ...]:
    """The signature of blocks and batches of any size: one graph for all, which XLA compiles for each size in use."""
    import tensorflow

    inputs = [tensorflow.TensorSpec((None, None, *part.shape[1:])) for part in network.inputs]
    targets, rates = (tensorflow.TensorSpec(shape) for shape in ((None, None, *target_shape), (None,)))
    return (
        inputs,
        targets,
        rates,
        tensorflow.TensorSpec((None,), tensorflow.bool),
        tensorflow.TensorSpec((), tensorflow.int32),
    )
