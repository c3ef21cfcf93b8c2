"""The networks against their equations, written out in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.common import keras_runtime
from studies.waves.network import attention_weights, build, described
from tests.studies.waves.example import example

Array = NDArray[np.float64]
STUDY = example()
PAST = np.random.default_rng(2).normal(size=(3, 16, 2)).astype(np.float32)


def network(number: int) -> tuple[Any, Any]:
    """One of the example's, all its weights and moving averages drawn."""
    keras = keras_runtime.start(5)
    built = build(keras, STUDY.configurations[number], STUDY.windows, 2)
    generator = np.random.default_rng(3)
    built.set_weights([generator.uniform(0.05, 0.3, size=weight.shape) for weight in built.get_weights()])
    return keras, built


def sigmoid(values: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-values)))


def elu(values: Array) -> Array:
    return np.where(values > 0, values, np.expm1(np.minimum(values, 0)))


def lstm(layer: Any, inputs: Array, hidden: Array, cell: Array) -> tuple[Array, Array, Array]:
    """States at every time step, the last hidden state and the last cell state (Keras' gates: i, f, c, o)."""
    kernel, recurrent, bias = layer.get_weights()
    states = []
    for step in range(inputs.shape[1]):
        enter, forget, new, leave = np.split(inputs[:, step] @ kernel + hidden @ recurrent + bias, 4, axis=1)
        cell = sigmoid(forget) * cell + sigmoid(enter) * elu(new)
        hidden = sigmoid(leave) * elu(cell)
        states.append(hidden)
    return np.stack(states, axis=1), hidden, cell


def normalised(layer: Any, values: Array) -> Array:
    gamma, beta, mean, variance = layer.get_weights()
    return np.asarray((values - mean) / np.sqrt(variance + 1e-3) * gamma + beta)


def by_hand(built: Any) -> tuple[Array, Array]:
    """The network's output and its attention weights, (n, horizon, look-back)."""
    norms = [layer for layer in built.layers if "normalization" in layer.name]
    zeros = np.zeros((len(PAST), 4))
    encoded, hidden, cell = lstm(built.get_layer("encoder"), PAST.astype(np.float64), zeros, zeros)
    hidden, cell = normalised(norms[0], hidden), normalised(norms[1], cell)
    decoded, _, _ = lstm(built.get_layer("decoder"), np.repeat(hidden[:, None], 4, axis=1), hidden, cell)
    scores = np.exp(decoded @ encoded.transpose(0, 2, 1))
    weights = scores / scores.sum(axis=2, keepdims=True)
    if len(norms) == 3:
        decoded = np.concatenate([normalised(norms[2], weights @ encoded), decoded], axis=2)
    kernel, bias = built.layers[-1].get_weights()
    return decoded @ kernel + bias, weights


@pytest.mark.parametrize("number", [0, 1])
def test_a_network_is_its_equations(number: int) -> None:
    _, built = network(number)
    np.testing.assert_allclose(np.asarray(built(PAST, training=False)), by_hand(built)[0], rtol=1e-4)


def test_attention_is_the_softmax_of_dot_products() -> None:
    keras, built = network(1)
    np.testing.assert_allclose(attention_weights(keras, built, PAST), by_hand(built)[1], rtol=1e-4, atol=1e-6)


def test_a_network_is_described_by_its_layers() -> None:
    _, built = network(1)
    text = described(built)
    assert text.startswith("past 16 x 2 > encoder 16 x 4 > ")
    assert "attention 4 x 4" in text
    assert f"{sum(weight.size for weight in built.get_weights())} weights" in text
