"""The LSTM cells of a bank, as Keras computes them: gates in the order input, forget, candidate, output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

UNROLLED = 8
"""Longest look-back whose steps are written out one by one: faster to run, slower to compile with every step."""


def zero_state(tensorflow: Any, units: Sequence[int], models: int, size: int) -> Any:
    """Hidden and cell state of each LSTM, (M, size, units) each."""
    return [tuple(tensorflow.zeros((models, size, cells)) for _ in range(2)) for cells in units]


def forward(tensorflow: Any, weights: Any, inputs: Any, state: Any) -> Any:
    """The outputs (M, n, O) of a batch (G, n, T, F), and the state that it leaves."""
    sequence, left = inputs, []
    for level, (hidden, cell) in enumerate(state):
        top = level == len(state) - 1
        sequence, *after = _layer(tensorflow, sequence, hidden, cell, weights[3 * level : 3 * level + 3], top)
        left.append(tuple(after))
    kernel, bias = weights[-2:]
    return tensorflow.matmul(sequence, kernel) + bias[:, None], left


def _layer(tensorflow: Any, inputs: Any, hidden: Any, cell: Any, weights: Any, top: bool) -> Any:
    """The states of an LSTM at all time steps (M, n, T, U), for the top one at the last alone (M, n, U), and the end.

    Args:
        tensorflow: The module.
        inputs: (G, n, T, F).
        hidden: (M, n, U).
        cell: (M, n, U).
        weights: Kernel (M, F, 4 U), recurrent kernel (M, U, 4 U), bias (M, 4 U).
        top: Whether only the last hidden state is wanted.
    """
    kernel, recurrent, bias = weights
    groups, size, steps, features = inputs.shape
    models, _, width = kernel.shape
    flat = tensorflow.reshape(inputs, (groups, size * steps, features))
    read = tensorflow.reshape(tensorflow.matmul(flat, kernel) + bias[:, None], (models, size, steps, width))

    def step(gates: Any, hidden: Any, cell: Any) -> Any:
        gates = gates + tensorflow.matmul(hidden, recurrent)
        entry, forget, candidate, output = tensorflow.split(gates, 4, axis=2)
        cell = tensorflow.sigmoid(forget) * cell + tensorflow.sigmoid(entry) * tensorflow.tanh(candidate)
        return tensorflow.sigmoid(output) * tensorflow.tanh(cell), cell

    if steps <= UNROLLED:
        return _written_out(tensorflow, step, read, hidden, cell, top)
    return _in_a_loop(tensorflow, step, read, hidden, cell, top)


def _written_out(tensorflow: Any, step: Any, read: Any, hidden: Any, cell: Any, top: bool) -> Any:
    states = []
    for number in range(read.shape[2]):
        hidden, cell = step(read[:, :, number], hidden, cell)
        states.append(hidden)
    return (hidden if top else tensorflow.stack(states, axis=2)), hidden, cell


def _in_a_loop(tensorflow: Any, step: Any, read: Any, hidden: Any, cell: Any, top: bool) -> Any:
    steps = read.shape[2]
    by_time = tensorflow.TensorArray(tensorflow.float32, steps).unstack(tensorflow.transpose(read, (2, 0, 1, 3)))
    found = tensorflow.TensorArray(tensorflow.float32, steps, element_shape=hidden.shape)

    def one(number: Any, hidden: Any, cell: Any, found: Any) -> Any:
        hidden, cell = step(by_time.read(number), hidden, cell)
        return number + 1, hidden, cell, found if top else found.write(number, hidden)

    _, hidden, cell, found = tensorflow.while_loop(
        lambda number, *_: number < steps, one, (0, hidden, cell, found), maximum_iterations=steps
    )
    return (hidden if top else tensorflow.transpose(found.stack(), (1, 2, 0, 3))), hidden, cell
