"""A bank of LSTMs: many small networks of one shape, independent of each other, trained as one program.

Every weight has a leading axis of models, and the loops over epochs and batches run inside one function that XLA
compiles, so that a training step of a thousand networks costs little more than the call that a single one would need.
A network consists of stacked LSTM layers and a dense layer. Cells, losses, optimisers and carried states are those of
Keras: from the same weights and with the same order of samples, Keras trains the same network.
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
from models.common.lstm_bank.samples import Samples, as_batches
from models.common.lstm_bank.shape import BankShape, Learning, Weights, fresh_weights

__all__ = ["BankShape", "Learning", "State", "Trained", "Weights", "forecast", "fresh_weights", "train"]

State: TypeAlias = list[tuple[Singles, Singles]]
"""Hidden and cell state of each LSTM, (M, batch size, units) each."""

ROWS_AT_ONCE = 512
"""Samples forecast together where no state is carried."""


@dataclass(frozen=True, eq=False)
class Trained:
    """The result of a training.

    Attributes:
        weights: Weights of the M networks.
        state: After the last batch, where it is carried; else zeros.
        losses: The mean training loss of each epoch, (epochs, M).
        validation_losses: The same of the validation samples after each epoch; None without any.
        best_epoch: The epoch, from 0 on, from which each network's weights are, (M,).
        compile_seconds: Duration of compiling; almost zero for a program that was compiled before.
    """

    weights: Weights
    state: State
    losses: Singles
    validation_losses: Singles | None
    best_epoch: NDArray[np.int32]
    compile_seconds: float


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
        shape: Shape of the networks.
        learning: How they learn.
        weights: To begin with.
        inputs: (n, T, F) for all, or (M, n, T, F).
        targets: (n, O) or (M, n, O).
        seed: Seed of the order of samples, if they are shuffled.
        sample_weights: Weight of each sample in the mean of its batch, (n,) or (M, n); 1 for all by default.
        validation: Inputs and targets of samples whose loss is measured after every epoch. Where state is carried,
            they follow the training samples.

    Where state is carried, the samples fill whole batches; where there is patience, there are samples of validation.
    """
    samples = Samples.of(inputs, targets, sample_weights)
    validated = None if validation is None else Samples.of(*validation)
    program = training_program(shape, learning, samples.count, validated is not None)
    data = [as_batches(part, learning.batch_size) for part in (samples, validated) if part is not None]
    arguments = (list(weights), [part.arrays for part in data], np.int32(seed % (1 << 31)))
    begin = time.perf_counter()
    program(*arguments, np.int32(0))
    compiled = time.perf_counter() - begin
    trained, state, losses, validation_losses, best = program(*arguments, np.int32(learning.epochs))
    return Trained(
        weights=[weight.numpy() for weight in trained],
        state=[(hidden.numpy(), cell.numpy()) for hidden, cell in state],
        losses=losses.numpy(),
        validation_losses=None if validated is None else validation_losses.numpy(),
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
    """Outputs of M networks for samples in their order.

    Args:
        shape: Shape of the networks.
        weights: Theirs.
        inputs: (n, T, F) for all, or (M, n, T, F).
        batch_size: Where state is carried; it need not be the one of the training.
        stateful: Whether sample i of a batch starts with the state after sample i of the batch before.
        reset_each: Whether a carried state is reset after each batch.
        state: To begin with, as an earlier forecast or training returned it; zeros when left out.

    Returns:
        Outputs (M, n, O), and the state after the last batch.

    Raises:
        InputError: if state is carried and the samples do not fill whole batches.
    """
    samples = Samples.of(inputs, np.zeros((np.shape(inputs)[-3], shape.outputs), np.float32))
    size = batch_size if stateful else max(min(samples.count, ROWS_AT_ONCE), 1)
    program = forecasting_program(shape, size, stateful and not reset_each)
    models = len(weights[0])
    begin = state or [(zeros, zeros) for zeros in _zeros(shape.units, models, size)]
    outputs, ended = program(list(weights), as_batches(samples, size).inputs, begin)
    return outputs.numpy()[:, : samples.count], [(hidden.numpy(), cell.numpy()) for hidden, cell in ended]


def _zeros(units: Sequence[int], models: int, size: int) -> list[Singles]:
    return [np.zeros((models, size, cells), np.float32) for cells in units]
