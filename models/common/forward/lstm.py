"""An LSTM (Hochreiter and Schmidhuber, 1997) with the weights of Keras, for many sequences at once.

Sequences that are padded at their beginning with steps of zeros begin alike. So the states after each number of such
steps are computed once for all sequences, and each sequence takes only the steps of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Integers, Singles

AT_ONCE = 2_048
"""Sequences handled at a time, so that what is computed in between stays in the cache."""

State = tuple[Singles, Singles]
"""Output and memory of the cells: (units, n) each."""


@dataclass(frozen=True, eq=False)
class LstmWeights:
    """The weights of the gates for input, state and bias together: (4 * units, channels + units + 1).

    Those of the three logistic gates are halved: these are computed as hyperbolic tangents, in one call with the other.
    """

    joined: Singles
    units: int

    @classmethod
    def of(cls, kernel: Singles, recurrent: Singles, bias: Singles) -> LstmWeights:
        """From Keras's arrays: (channels, 4 * units), (units, 4 * units) and (4 * units,), gates i, f, c, o."""
        units = len(recurrent)
        joined = np.concatenate([kernel, recurrent, bias[None]]).T.astype(np.float32)
        is_candidate = np.arange(4 * units) // units == 2
        return cls(np.ascontiguousarray(np.where(is_candidate[:, None], joined, 0.5 * joined)), units)

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
            begin = None if initial is None else np.stack([half[:, part] for half in initial])
            if padded is not None:
                states[:, :, part] = self._skipping(sequences[part], padded)
            else:
                states[:, :, part] = self._all(sequences[part], begin, None if every is None else every[part])
        return states[0], states[1]

    def _padded(self, steps: int) -> Singles:
        """The states after each number of steps of zeros, (2, units, steps + 1)."""
        states = np.zeros((2, self.units, steps + 1), dtype=np.float32)
        for number in range(steps):
            states[:, :, number + 1 :] = states[:, :, number : number + 1]
            one = states[:, :, number + 1 : number + 2]
            self._step(np.zeros((self.channels, 1), np.float32), one)
        return states

    def _skipping(self, sequences: Singles, padded: Singles) -> Singles:
        """The states after sequences, (2, units, n), without the steps of zeros that they begin with."""
        skipped = _leading_zeros(sequences)
        order = np.argsort(skipped, kind="stable")
        states = padded[:, :, skipped[order]]
        rows = np.ascontiguousarray(sequences[order].transpose(1, 2, 0))
        begun = np.searchsorted(skipped[order], np.arange(len(rows)), side="right")
        for step, count in enumerate(begun.tolist()):
            if count:
                self._step(rows[step, :, :count], states[:, :, :count])
        result = np.empty_like(states)
        result[:, :, order] = states
        return result

    def _all(self, sequences: Singles, initial: Singles | None, every: Singles | None) -> Singles:
        """The states after all steps, (2, units, n)."""
        states = np.zeros((2, self.units, len(sequences)), dtype=np.float32) if initial is None else initial
        rows = np.ascontiguousarray(sequences.transpose(1, 2, 0))
        for step in range(len(rows)):
            self._step(rows[step], states)
            if every is not None:
                every[:, step] = states[0].T
        return states

    def _step(self, inputs: Singles, states: Singles) -> None:
        """Take one step, with inputs (channels, n), and change the states, (2, units, n)."""
        units, (output, memory) = self.units, states
        gates = self.joined @ np.concatenate([inputs, output, np.ones((1, inputs.shape[1]), np.float32)])
        np.tanh(gates, out=gates)
        for part in (gates[: 2 * units], gates[3 * units :]):
            part += 1.0
            part *= 0.5
        memory *= gates[units : 2 * units]
        gates[:units] *= gates[2 * units : 3 * units]
        memory += gates[:units]
        np.tanh(memory, out=output)
        output *= gates[3 * units :]


def _leading_zeros(sequences: Singles) -> Integers:
    """The number of steps of zeros that each sequence begins with, (n,)."""
    number, steps, channels = sequences.shape
    is_own = sequences.reshape(number, -1) != 0.0
    first = is_own.argmax(axis=1)
    skipped: Integers = np.where(is_own[np.arange(number), first], first // channels, steps)
    return skipped
