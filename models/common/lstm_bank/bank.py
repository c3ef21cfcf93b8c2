"""A bank of LSTMs: many small networks of one shape, independent of each other, trained as one program.

Every weight has a leading axis of models, and the loops over epochs and batches run inside one function that XLA
compiles, so that a training step of a thousand networks costs little more than the call that a single one would need.
A network is stacked LSTM layers under a dense layer. Cells, losses, optimisers and the carrying of state are those of
Keras: given the same weights and the same order of samples, a network of the bank is the network that Keras trains.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.common.arrays import Singles
from models.common.lstm_bank.programs import forecasting_program, training_program
from models.common.lstm_bank.samples import Samples, as_batches, check_batches
from models.common.lstm_bank.shape import BankShape, Learning

__all__ = ["BankShape", "Learning", "State", "Trained", "Weights", "forecast", "fresh_weights", "train"]

Weights: TypeAlias = list[Singles]
"""Of M networks, each array (M, ...), in the order of Keras' ``get_weights``: for each LSTM, the lowest first, kernel
(features, 4 units), recurrent kernel (units, 4 units) and bias (4 units); then the dense layer's kernel and bias."""

State: TypeAlias = list[tuple[Singles, Singles]]
"""Hidden and cell state of each LSTM, (M, batch size, units) each."""

ROWS_AT_ONCE = 512
"""Samples that are forecast together where no state is carried."""


@dataclass(frozen=True, eq=False)
class Trained:
    """What a training led to.

    Attributes:
        weights: Of the M networks.
        state: What the last batch left, where it is carried; else zeros.
        losses: The mean training loss of each epoch, (epochs, M).
        validation_losses: Likewise of the validation samples after each epoch; None without any.
        best_epoch: The epoch, from 0 on, that each network's weights are of, (M,).
        compile_seconds: What compiling took; next to nothing for a program that was compiled before.
    """

    weights: Weights
    state: State
    losses: Singles
    validation_losses: Singles | None
    best_epoch: NDArray[np.int32]
    compile_seconds: float


def fresh_weights(shape: BankShape, models: int, seed: int) -> Weights:
    """Weights as Keras draws them for new layers.

    Kernels are uniform after Glorot and Bengio (2010), recurrent kernels orthogonal (Saxe, McClelland and Ganguli,
    2014), and biases zero but for the forget gates' (Jozefowicz, Zaremba and Sutskever, 2015).
    """
    generator, found = np.random.default_rng(seed), []
    for number, sizes in enumerate(shape.weights):
        if len(sizes) == 1:
            values = np.zeros((models, *sizes))
            if number < 3 * len(shape.units):
                values[:, sizes[0] // 4 : sizes[0] // 2] = 1.0
        elif number % 3 == 1 and number < 3 * len(shape.units):
            values = _orthogonal(generator, models, *sizes)
        else:
            limit = np.sqrt(6 / sum(sizes))
            values = generator.uniform(-limit, limit, (models, *sizes))
        found.append(values.astype(np.float32))
    return found


def _orthogonal(generator: np.random.Generator, models: int, rows: int, columns: int) -> NDArray[np.float64]:
    """Matrices (models, rows, columns) with orthonormal rows."""
    factor, upper = np.linalg.qr(generator.normal(size=(models, columns, rows)))
    signs = np.sign(np.diagonal(upper, axis1=1, axis2=2))
    return np.asarray((factor * signs[:, None, :]).swapaxes(1, 2))


def train(
    shape: BankShape,
    learning: Learning,
    weights: Weights,
    inputs: NDArray[np.floating],
    targets: NDArray[np.floating],
    seed: int = 0,
    sample_weights: NDArray[np.floating] | None = None,
    validation: tuple[NDArray[np.floating], NDArray[np.floating]] | None = None,
) -> Trained:
    """Train M networks, each on its own samples or all on the same.

    Args:
        shape: Of the networks.
        learning: How they learn.
        weights: To begin with.
        inputs: (n, T, F) for all, or (M, n, T, F).
        targets: (n, O) or (M, n, O).
        seed: Of the orders of samples, where they are shuffled.
        sample_weights: What each sample counts in the mean of its batch, (n,) or (M, n); all alike when left out. A
            sample of weight 0 is not learned from.
        validation: Inputs and targets of samples that are looked at after every epoch. Where state is carried, they
            follow the training samples.

    Raises:
        InputError: if state is carried and the samples do not fill whole batches.
        ValueError: if arrays do not fit the shape, or there is patience without validation.
    """
    if learning.patience is not None and validation is None:
        raise ValueError("Patience needs validation samples.")
    samples = Samples.of(inputs, targets, sample_weights)
    check_batches(samples.count, learning.batch_size, learning.stateful)
    told = None if validation is None else Samples.of(*validation)
    if told is not None:
        check_batches(told.count, learning.batch_size, learning.stateful)
    program = training_program(shape, learning, samples.count, told is not None)
    data = [as_batches(part, learning.batch_size) for part in (samples, told) if part is not None]
    arguments = (list(weights), [part.arrays for part in data], np.int32(seed % (1 << 31)))
    begin = time.perf_counter()
    program(*arguments, np.int32(0))
    compiled = time.perf_counter() - begin
    found, state, losses, validation_losses, best = program(*arguments, np.int32(learning.epochs))
    return Trained(
        weights=[weight.numpy() for weight in found],
        state=[(hidden.numpy(), cell.numpy()) for hidden, cell in state],
        losses=losses.numpy(),
        validation_losses=None if told is None else validation_losses.numpy(),
        best_epoch=best.numpy(),
        compile_seconds=compiled,
    )


def forecast(
    shape: BankShape,
    weights: Weights,
    inputs: NDArray[np.floating],
    batch_size: int = 1,
    stateful: bool = False,
    reset_each: bool = False,
    state: State | None = None,
) -> tuple[Singles, State]:
    """What M networks make of samples, taken in their order.

    Args:
        shape: Of the networks.
        weights: Theirs.
        inputs: (n, T, F) for all, or (M, n, T, F).
        batch_size: Where state is carried; it need not be the one of the training.
        stateful: Whether sample i of a batch goes on with the state that sample i of the batch before left.
        reset_each: Whether a carried state is forgotten after each batch.
        state: To begin with, as an earlier forecast or a training left it; zeros when left out.

    Returns:
        Outputs (M, n, O), and the state that is left.

    Raises:
        InputError: if state is carried and the samples do not fill whole batches.
    """
    samples = Samples.of(inputs, np.zeros((np.shape(inputs)[-3], shape.outputs), np.float32))
    size = batch_size if stateful else max(min(samples.count, ROWS_AT_ONCE), 1)
    check_batches(samples.count, size, stateful)
    program = forecasting_program(shape, size, stateful and not reset_each)
    models = len(weights[0])
    begun = state or [(zeros, zeros) for zeros in _zeros(shape.units, models, size)]
    outputs, left = program(list(weights), as_batches(samples, size).inputs, begun)
    return outputs.numpy()[:, : samples.count], [(hidden.numpy(), cell.numpy()) for hidden, cell in left]


def _zeros(units: Sequence[int], models: int, size: int) -> list[Singles]:
    return [np.zeros((models, size, cells), np.float32) for cells in units]
