"""The classic network of intervals, with a leading axis of models: LSTM layers, dropout, dense layers.

With the same weights it is the network of `models.next_visit.recipes.classic.interval_classifier`, which drops a unit
for a whole sequence. Many networks are trained as one program.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, Literal

from models.common.lstm_bank.bank import BankShape, Weights, fresh_weights
from models.common.lstm_bank.cells import cell

FEATURES = 2
"""Of an interval: whether there is one, and its scaled logarithm."""


@dataclass(frozen=True)
class Network:
    """The shape of a network, and its training.

    Attributes:
        look_back: T, intervals that are read.
        outputs: O, the bins of a softmax, or 1 for a number.
        loss: Cross-entropy of the softmax over the outputs, or mean squared error.
        units: Units of the LSTM layers, lowest first.
        dense_units: Units of the dense layers below the last.
        dropout: Share of each LSTM's output that training drops.
        epochs: Passes over all training windows.
        batch_size: Windows in a training step.
        learning_rate: Learning rate of RMSprop.
    """

    look_back: int
    outputs: int
    loss: Literal["cross_entropy", "mse"]
    units: tuple[int, ...]
    dense_units: tuple[int, ...]
    dropout: float
    epochs: int
    batch_size: int
    learning_rate: float

    def fresh_weights(self, models: int, seed: int) -> Weights:
        """Weights of new networks, (models, ...) each, in the order of Keras' ``get_weights``."""
        sizes = [*self.dense_units, self.outputs]
        weights = fresh_weights(BankShape(self.look_back, FEATURES, self.units, sizes[0]), models, seed)
        for level, (below, above) in enumerate(itertools.pairwise(sizes)):
            weights += fresh_weights(BankShape(1, 1, (below,), above), models, seed + level + 1)[-2:]
        return weights

    def forward(self, tensorflow: Any, weights: Any, inputs: Any, seed: Any = None) -> Any:
        """Outputs (M, n, O), before any softmax.

        Inside, windows are the last axis, which makes products of such small matrices several times faster.

        Args:
            tensorflow: The module.
            weights: In the order of `fresh_weights`.
            inputs: (M, n, T, F).
            seed: int32 (2,), of the dropout in training; each layer adds its level to the second. None for a forecast.
        """
        states = tensorflow.unstack(tensorflow.transpose(inputs, (2, 0, 3, 1)))
        for level in range(len(self.units)):
            states = lstm(tensorflow, states, weights[3 * level : 3 * level + 3])
            if seed is not None and self.dropout:
                kept = self._kept(tensorflow, states[0].shape, tensorflow.stack([seed[0], seed[1] + level]))
                states = [state * kept for state in states]
        dense, below = weights[3 * len(self.units) :], states[-1]
        for kernel, bias in zip(dense[:-2:2], dense[1:-2:2], strict=True):
            below = tensorflow.nn.relu(_affine(tensorflow, kernel, bias, below))
        return tensorflow.transpose(_affine(tensorflow, dense[-2], dense[-1], below), (0, 2, 1))

    def losses(self, tensorflow: Any, outputs: Any, targets: Any) -> Any:
        """The mean loss of each model over a batch, (M,)."""
        if self.loss == "mse":
            return tensorflow.reduce_mean(tensorflow.square(outputs - targets), axis=(1, 2))
        return tensorflow.reduce_mean(tensorflow.nn.softmax_cross_entropy_with_logits(targets, outputs), axis=1)

    def _kept(self, tensorflow: Any, shape: Any, seed: Any) -> Any:
        """The factors of dropout: 0, or the inverse of the share that is kept."""
        kept = tensorflow.random.stateless_uniform(shape, seed) >= self.dropout
        return tensorflow.cast(kept, tensorflow.float32) / (1 - self.dropout)


def lstm(tensorflow: Any, inputs: list[Any], weights: Any) -> list[Any]:
    """The states of an LSTM layer after each time step, (M, U, n) each.

    Args:
        tensorflow: The module.
        inputs: Inputs of each time step, (M, F, n).
        weights: Kernel (M, F, 4 U), recurrent kernel (M, U, 4 U), bias (M, 4 U); input, forget, candidate, output.
    """
    kernel, recurrent, bias = weights
    hidden, memory = cell(tensorflow, _affine(tensorflow, kernel, bias, inputs[0]), None, axis=1)
    states, both = [hidden], tensorflow.concat([kernel, recurrent], axis=1)
    for read in inputs[1:]:
        gates = _affine(tensorflow, both, bias, tensorflow.concat([read, hidden], axis=1))
        hidden, memory = cell(tensorflow, gates, memory, axis=1)
        states.append(hidden)
    return states


def _affine(tensorflow: Any, kernel: Any, bias: Any, values: Any) -> Any:
    """A kernel (M, F, G) and bias (M, G) on values (M, F, n): (M, G, n)."""
    return tensorflow.matmul(kernel, values, transpose_a=True) + bias[:, :, None]
