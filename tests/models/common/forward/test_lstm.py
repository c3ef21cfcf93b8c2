"""An LSTM by NumPy beside the definition of one, step by step."""

from __future__ import annotations

import numpy as np
import pytest

from models.common.arrays import Singles
from models.common.forward import lstm
from models.common.forward.lstm import LstmWeights

CHANNELS, UNITS, STEPS = 3, 4, 6


def drawn(*shape: int, seed: int = 0) -> Singles:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


KERNEL, RECURRENT, BIAS = drawn(CHANNELS, 4 * UNITS), drawn(UNITS, 4 * UNITS, seed=1), drawn(4 * UNITS, seed=2)
WEIGHTS = LstmWeights.of(KERNEL, RECURRENT, BIAS)


def defined(sequence: Singles, output: Singles, memory: Singles) -> list[tuple[Singles, Singles]]:
    """The states after each step of one sequence, by the textbook."""
    states = []
    for inputs in sequence:
        i, f, c, o = np.split(inputs @ KERNEL + output @ RECURRENT + BIAS, 4)
        i, f, o = (1.0 / (1.0 + np.exp(-gate)) for gate in (i, f, o))
        memory = f * memory + i * np.tanh(c)
        output = o * np.tanh(memory)
        states.append((output, memory))
    return states


def padded(count: int) -> Singles:
    """Sequences of every length, and zeros before their first step."""
    sequences = drawn(count, STEPS, CHANNELS, seed=3)
    for number, sequence in enumerate(sequences):
        sequence[: number % (STEPS + 1)] = 0.0
    return sequences


@pytest.mark.parametrize("at_once", [3, 5, 1_000])
def test_sequences_of_all_lengths_end_as_defined(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lstm, "AT_ONCE", at_once)
    sequences = padded(17)
    output, memory = WEIGHTS.states(sequences)
    none = np.zeros(UNITS, np.float32)
    for number, sequence in enumerate(sequences):
        expected = defined(sequence, none, none)[-1]
        np.testing.assert_allclose(output[:, number], expected[0], rtol=0, atol=1e-6)
        np.testing.assert_allclose(memory[:, number], expected[1], rtol=0, atol=1e-6)


def test_zeros_inside_a_sequence_are_steps_like_any_other() -> None:
    sequences = drawn(2, STEPS, CHANNELS)
    sequences[:, 3] = 0.0
    none = np.zeros(UNITS, np.float32)
    expected = [defined(sequence, none, none)[-1][0] for sequence in sequences]
    np.testing.assert_allclose(WEIGHTS.states(sequences)[0].T, expected, rtol=0, atol=1e-6)


def test_every_step_from_given_states() -> None:
    sequences, first = padded(9), (drawn(UNITS, 9, seed=4), drawn(UNITS, 9, seed=5))
    every = np.empty((9, STEPS, UNITS), np.float32)
    before = [half.copy() for half in first]
    output, _ = WEIGHTS.states(sequences, first, every)
    for number, sequence in enumerate(sequences):
        expected = [step[0] for step in defined(sequence, first[0][:, number], first[1][:, number])]
        np.testing.assert_allclose(every[number], expected, rtol=0, atol=1e-6)
    assert np.array_equal(every[:, -1], output.T)
    assert all(np.array_equal(one, other) for one, other in zip(before, first, strict=True))


def test_no_sequences_have_no_states() -> None:
    assert WEIGHTS.states(drawn(0, STEPS, CHANNELS))[0].shape == (UNITS, 0)
