"""An LSTM (Hochreiter and Schmidhuber, 1997) with the weights of Keras, for many sequences at once.

Sequences that are padded at their beginning with steps of zeros begin alike. So the states after each number of such
steps are computed once for all sequences, and each sequence takes only the steps of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Integers, Singles

AT_ONCE = 8_192
"""Sequences handled at a time; more of them take no less time each."""

State = tuple[Singles, Singles]
"""Output and memory of the cells: (units, n) each."""


@dataclass(frozen=True, eq=False)
class LstmWeights:
    """The weights of the gates for input, state and bias together: (4 * units, channels + units + 1).

    First come the three logistic gates, with their signs turned: they are computed as 1 / (1 + exp(x)), and an
    exponential takes half as long as a hyperbolic tangent.
    """

    joined: Singles
    units: int

    @classmethod
    def of(cls, kernel: Singles, recurrent: Singles, bias: Singles) -> LstmWeights:
        """From Keras's arrays: (channels, 4 * units), (units, 4 * units) and (4 * units,), gates i, f, c, o."""
        units = len(recurrent)
        joined = np.concatenate([kernel, recurrent, bias[None]]).T.astype(np.float32)
        candidate = joined[2 * units : 3 * units]
        return cls(np.concatenate([-joined[: 2 * units], -joined[3 * units :], candidate]), units)

    @property
    def channels(self) -> int:
        """The number of channels of a step."""
        return int(self.joined.shape[1]) - self.units - 1

    def states(self, sequences: Singles, initial: State | None = None, every: Singles | None = None) -> State:
        """The states after the last step of sequences, (n, steps, channels).

        Args:
            sequences: the sequences.
            initial: the states before the first step; by default zeros.
            every: where to write the output of every step, (n, steps, units).
        """
        states = np.empty((2, self.units, len(sequences)), dtype=np.float32)
        padded = None if initial is not None or every is not None else self._padded(sequences.shape[1])
        for start in range(0, len(sequences), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            if padded is not None:
                self._skip(sequences[part], padded, states[:, :, part])
            else:
                begin = None if initial is None else (initial[0][:, part], initial[1][:, part])
                self._run(sequences[part], begin, None if every is None else every[part], states[:, :, part])
        return states[0], states[1]

    def _padded(self, steps: int) -> Singles:
        """The states after each number of steps of zeros, (2, units, steps + 1)."""
        states, cells = np.zeros((2, self.units, steps + 1), dtype=np.float32), _Cells.of(self, 1)
        for number in range(1, steps + 1):
            cells.step(np.zeros((self.channels, 1), np.float32), 1)
            states[0, :, number : number + 1], states[1, :, number : number + 1] = cells.output, cells.memory
        return states

    def _skip(self, sequences: Singles, padded: Singles, states: Singles) -> None:
        """Write the states after sequences, (2, units, n), without the steps of zeros that they begin with."""
        skipped = _leading_zeros(sequences)
        order = np.argsort(skipped, kind="stable")
        cells = _Cells.of(self, len(order))
        cells.output[:], cells.memory[:] = padded[:, :, skipped[order]]
        rows = np.ascontiguousarray(sequences[order].transpose(1, 2, 0))
        begun = np.searchsorted(skipped[order], np.arange(len(rows)), side="right")
        for inputs, count in zip(rows, begun.tolist(), strict=True):
            if count:
                cells.step(inputs, count)
        states[0][:, order], states[1][:, order] = cells.output, cells.memory

    def _run(self, sequences: Singles, initial: State | None, every: Singles | None, states: Singles) -> None:
        """Write the states after all steps, (2, units, n)."""
        cells = _Cells.of(self, len(sequences))
        if initial is not None:
            cells.output[:], cells.memory[:] = initial
        for step, inputs in enumerate(np.ascontiguousarray(sequences.transpose(1, 2, 0))):
            cells.step(inputs, len(sequences))
            if every is not None:
                every[:, step] = cells.output.T
        states[0], states[1] = cells.output, cells.memory


@dataclass(frozen=True, eq=False)
class _Cells:
    """The cells of n sequences, in arrays that are allocated once for all steps.

    Attributes:
        joined: the weights, see `LstmWeights`.
        given: what they are multiplied with: inputs, output and a one for the bias, (channels + units + 1, n).
        output: the part of `given` with the output, (units, n).
        memory: (units, n).
        gates: (4 * units, n).
    """

    joined: Singles
    given: Singles
    output: Singles
    memory: Singles
    gates: Singles

    @classmethod
    def of(cls, weights: LstmWeights, count: int) -> _Cells:
        """Cells of this number of sequences, all zero."""
        given = np.zeros((weights.joined.shape[1], count), np.float32)
        given[-1] = 1.0
        memory, gates = (np.zeros((rows * weights.units, count), np.float32) for rows in (1, 4))
        return cls(weights.joined, given, given[weights.channels : -1], memory, gates)

    def step(self, inputs: Singles, count: int) -> None:
        """Take one step of the first `count` sequences, with inputs (channels, n)."""
        given, output, memory, gates = (part[:, :count] for part in (self.given, self.output, self.memory, self.gates))
        units = len(memory)
        given[: -1 - units] = inputs[:, :count]
        np.matmul(self.joined, given, out=gates)
        logistic, candidate = gates[: 3 * units], gates[3 * units :]
        with np.errstate(over="ignore"):  # a gate that is closed: 1 / infinity
            np.exp(logistic, out=logistic)
        logistic += 1.0
        np.reciprocal(logistic, out=logistic)
        np.tanh(candidate, out=candidate)
        memory *= logistic[units : 2 * units]
        candidate *= logistic[:units]
        memory += candidate
        np.tanh(memory, out=output)
        output *= logistic[2 * units :]


def _leading_zeros(sequences: Singles) -> Integers:
    """The number of steps of zeros that each sequence begins with, (n,)."""
    number, steps, channels = sequences.shape
    is_own = sequences.reshape(number, -1) != 0.0
    first = is_own.argmax(axis=1)
    skipped: Integers = np.where(is_own[np.arange(number), first], first // channels, steps)
    return skipped
