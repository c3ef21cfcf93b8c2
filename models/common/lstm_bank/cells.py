"""The LSTM layers of a bank, as Keras computes them (Hochreiter and Schmidhuber, 1997; Gers et al., 2000).

Gates are in the order input, forget, candidate, output.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

UNROLLED = 8
"""Longest look-back whose steps are unrolled: faster to run, but slower to compile with every step."""


def zero_state(tensorflow: Any, units: Sequence[int], models: int, size: int) -> Any:
    """Hidden and cell state of each LSTM, (M, size, units) each."""
    return [tuple(tensorflow.zeros((models, size, cells)) for _ in range(2)) for cells in units]


def forward(tensorflow: Any, weights: Any, inputs: Any, state: Any) -> Any:
    """The outputs (M, n, O) of a batch (G, n, T, F), and the state after it."""
    sequence, ended = inputs, []
    for level, (hidden, memory) in enumerate(state):
        top = level == len(state) - 1
        sequence, *after = _layer(tensorflow, sequence, hidden, memory, weights[3 * level : 3 * level + 3], top)
        ended.append(tuple(after))
    kernel, bias = weights[-2:]
    return tensorflow.matmul(sequence, kernel) + bias[:, None], ended


def cell(tensorflow: Any, gates: Any, state: Any, axis: int) -> Any:
    """The hidden and the cell state after a time step.

    Args:
        tensorflow: The module.
        gates: What kernel, recurrent kernel and bias give, before activation; four times as long as the states.
        state: The cell state before; None for zeros.
        axis: Axis of `gates`, which the four gates share.
    """
    entry, forget, candidate, output = tensorflow.split(gates, 4, axis=axis)
    after = tensorflow.sigmoid(entry) * tensorflow.tanh(candidate)
    if state is not None:
        after = tensorflow.sigmoid(forget) * state + after
    return tensorflow.sigmoid(output) * tensorflow.tanh(after), after


def _layer(tensorflow: Any, inputs: Any, hidden: Any, memory: Any, weights: Any, top: bool) -> Any:
    """The hidden states of an LSTM, and its state after the last time step.

    Hidden states are those of all time steps (M, n, T, U), or of the last one alone (M, n, U).

    Args:
        tensorflow: The module.
        inputs: (G, n, T, F).
        hidden: The hidden state before, (M, n, U).
        memory: The cell state before, (M, n, U).
        weights: Kernel (M, F, 4 U), recurrent kernel (M, U, 4 U), bias (M, 4 U).
        top: Whether the last hidden state alone is returned.
    """
    kernel, recurrent, bias = weights
    groups, size, steps, features = inputs.shape
    models, _, width = kernel.shape
    flat = tensorflow.reshape(inputs, (groups, size * steps, features))
    read = tensorflow.reshape(tensorflow.matmul(flat, kernel) + bias[:, None], (models, size, steps, width))

    def step(gates: Any, hidden: Any, memory: Any) -> Any:
        return cell(tensorflow, gates + tensorflow.matmul(hidden, recurrent), memory, axis=2)

    if steps <= UNROLLED:
        return _unrolled(tensorflow, step, read, hidden, memory, top)
    return _looped(tensorflow, step, read, hidden, memory, top)


def _unrolled(tensorflow: Any, step: Any, read: Any, hidden: Any, memory: Any, top: bool) -> Any:
    states = []
    for number in range(read.shape[2]):
        hidden, memory = step(read[:, :, number], hidden, memory)
        states.append(hidden)
    return (hidden if top else tensorflow.stack(states, axis=2)), hidden, memory


def _looped(tensorflow: Any, step: Any, read: Any, hidden: Any, memory: Any, top: bool) -> Any:
    steps = read.shape[2]
    by_time = tensorflow.TensorArray(tensorflow.float32, steps).unstack(tensorflow.transpose(read, (2, 0, 1, 3)))
    states = tensorflow.TensorArray(tensorflow.float32, steps, element_shape=hidden.shape)

    def one(number: Any, hidden: Any, memory: Any, states: Any) -> Any:
        hidden, memory = step(by_time.read(number), hidden, memory)
        return number + 1, hidden, memory, states if top else states.write(number, hidden)

    _, hidden, memory, states = tensorflow.while_loop(
        lambda number, *_: number < steps, one, (0, hidden, memory, states), maximum_iterations=steps
    )
    return (hidden if top else tensorflow.transpose(states.stack(), (1, 2, 0, 3))), hidden, memory
