"""Trains the networks of all repeats: a compiled program takes a block of steps of many networks at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from models.common import keras_runtime
from models.common.arrays import Floats, Integers, Singles
from models.common.lstm_bank.bank import Weights
from models.common.lstm_bank.optimisers import rmsprop
from models.common.selection import Progress
from studies.intervals.network import Network

TOGETHER = 25
"""Networks that are trained at once."""

BLOCK = 16
"""Training steps of a block."""

ROWS_AT_ONCE = 2048
"""Windows that are forecast at once."""

PROGRAMS = 16
"""Compiled programs that are kept; the oldest one is dropped."""


@dataclass(frozen=True, eq=False)
class TrainingWindows:
    """The training windows of the networks of some repeats.

    Attributes:
        inputs: (n, T, F), of all windows.
        targets: (n, O).
        rows: int64 (R, training windows), the windows that each repeat trains on.
        centre: (R,), subtracted from the targets of each repeat.
        spread: (R,), divides the centred targets.
    """

    inputs: Singles
    targets: Singles
    rows: Integers
    centre: Floats
    spread: Floats


def groups(repeats: int) -> Iterator[slice]:
    """Repeats that are trained at once."""
    return (slice(begin, min(begin + TOGETHER, repeats)) for begin in range(0, repeats, TOGETHER))


def train(
    network: Network, windows: TrainingWindows, members: Integers, weights: Weights, seed: int, progress: Progress
) -> tuple[Weights, float]:
    """One network for each of some repeats.

    Args:
        network: Its shape and training.
        windows: Windows of all R repeats.
        members: int64 (m,), one repeat at least; each has its own order of windows.
        weights: First weights of all repeats, (R, ...).
        seed: Seed of the orders and of dropout.
        progress: Called with the share that is done.

    Returns:
        The trained weights (m, ...), and the seconds of compiling.
    """
    trained, compiling = [], 0.0
    for group in groups(members.size):
        # Always the same number of networks: another one would need a program of its own.
        places = np.arange(group.start, group.start + min(TOGETHER, len(windows.rows)))
        trainer = _Trainer(network, windows, members[np.minimum(places, members.size - 1)], weights)
        compiling += trainer.compile()
        for epoch in range(network.epochs):
            trainer.epoch(seed, epoch)
            progress((group.start + (epoch + 1) / network.epochs * (group.stop - group.start)) / members.size)
        trained.append([part.numpy()[: group.stop - group.start] for part in trainer.weights])
    return [np.concatenate(parts) for parts in zip(*trained, strict=True)], compiling


def forecast(network: Network, weights: Weights, inputs: Singles) -> Singles:
    """Outputs of each network for all windows, before any softmax: (M, n, O).

    Args:
        network: Their shape.
        weights: (M, ...).
        inputs: (n, T, F).
    """
    program, outputs = _forecasting(network), []
    size = min(ROWS_AT_ONCE, len(inputs))
    for begin in range(0, len(inputs), size):
        rows = np.minimum(np.arange(begin, begin + size), len(inputs) - 1)
        outputs.append(program(weights, inputs[rows]).numpy())
    return np.concatenate(outputs, axis=1)[:, : len(inputs)]


class _Trainer:
    """The networks of some repeats while they are trained."""

    def __init__(self, network: Network, windows: TrainingWindows, members: Integers, weights: Weights) -> None:
        constant = keras_runtime.tensorflow().constant
        self.program = _training(network)
        self.weights = [constant(part[members]) for part in weights]
        self.squares = [constant(np.zeros_like(part[members])) for part in weights]
        self.members, self.rows = members, windows.rows[members]
        self.batch = min(network.batch_size, self.rows.shape[1])
        scale = [part[members, None, None].astype(np.float32) for part in (windows.centre, windows.spread)]
        self.data = [constant(part) for part in (windows.inputs, windows.targets, *scale)]

    def compile(self) -> float:
        """Compile the program unless it is compiled already; returns the seconds it took."""
        begin = time.perf_counter()
        self._run(np.zeros((len(self.rows), BLOCK, self.batch), np.int32), 0, (0, 0))
        return time.perf_counter() - begin

    def epoch(self, seed: int, epoch: int) -> None:
        """Train on every window once, except those that do not fill a batch."""
        orders = [np.random.default_rng([seed, epoch, int(number)]) for number in self.members]
        chosen = np.stack([order.permutation(rows) for order, rows in zip(orders, self.rows, strict=True)])
        steps = chosen.shape[1] // self.batch
        batches = chosen[:, : steps * self.batch].reshape(len(chosen), steps, self.batch).astype(np.int32)
        for begin in range(0, steps, BLOCK):
            filled = batches[:, np.minimum(np.arange(begin, begin + BLOCK), steps - 1)]
            self._run(filled, min(BLOCK, steps - begin), ((seed + epoch) % (1 << 31), begin))

    def _run(self, rows: Any, steps: int, seed: tuple[int, int]) -> None:
        self.weights, self.squares = self.program(
            self.weights, self.squares, self.data, rows, np.int32(steps), np.array(seed, np.int32)
        )


@lru_cache(PROGRAMS)
def _training(network: Network) -> Callable[..., Any]:
    """A function that takes a number of training steps on row numbers (M, BLOCK, batch)."""
    tensorflow = keras_runtime.tensorflow()

    def one(step: Any, weights: Any, squares: Any, data: Any, rows: Any, seed: Any) -> Any:
        inputs, targets, centre, spread = data
        with tensorflow.GradientTape() as tape:
            tape.watch(weights)
            chosen = rows[:, step]
            noise = tensorflow.stack([seed[0], (seed[1] + step) * len(network.units)])
            outputs = network.forward(tensorflow, weights, tensorflow.gather(inputs, chosen), noise)
            wanted = (tensorflow.gather(targets, chosen) - centre) / spread
            loss = tensorflow.reduce_sum(network.losses(tensorflow, outputs, wanted))
        # A look-back of 1 never reads its recurrent kernels.
        gradients = tape.gradient(loss, weights, unconnected_gradients=tensorflow.UnconnectedGradients.ZERO)
        moved, (_, kept) = rmsprop(tensorflow, network.learning_rate, step, weights, gradients, [squares, squares])
        return step + 1, moved, kept

    @tensorflow.function(autograph=False, jit_compile=True)  # type: ignore[untyped-decorator]
    def block(weights: Any, squares: Any, data: Any, rows: Any, steps: Any, seed: Any) -> Any:
        _, weights, squares = tensorflow.while_loop(
            lambda step, *_: step < steps,
            lambda step, weights, squares: one(step, weights, squares, data, rows, seed),
            (0, weights, squares),
        )
        return weights, squares

    program: Callable[..., Any] = block
    return program


@lru_cache(PROGRAMS)
def _forecasting(network: Network) -> Callable[..., Any]:
    """A function from weights (M, ...) and inputs (n, T, F) to outputs (M, n, O)."""
    tensorflow = keras_runtime.tensorflow()

    @tensorflow.function(autograph=False, jit_compile=True)  # type: ignore[untyped-decorator]
    def run(weights: Any, inputs: Any) -> Any:
        models = weights[0].shape[0]
        return network.forward(tensorflow, weights, tensorflow.broadcast_to(inputs, (models, *inputs.shape)))

    program: Callable[..., Any] = run
    return program
