from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.common import keras_runtime
from models.common.lstm_bank.bank import BankShape, Learning, Weights, forecast, fresh_weights, train

MODELS = 3

SHAPES = [BankShape(1, 1), BankShape(3, 2, (4,), 2), BankShape(11, 1, (3, 2))]
"""One step, a few steps that are written out, and stacked layers over steps that are looped over."""


def samples(shape: BankShape, count: int, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    generator = np.random.default_rng(seed)
    inputs = generator.normal(size=(count, shape.look_back, shape.features))
    return inputs, generator.normal(size=(count, shape.outputs))


def keras_network(shape: BankShape, weights: Weights, model: int, batch: int | None = None) -> Any:
    """The same network of Keras' own layers; it carries its state where the size of a batch is given."""
    keras = keras_runtime.start(0)
    layers: list[Any] = [keras.Input((shape.look_back, shape.features), batch_size=batch)]
    for level, units in enumerate(shape.units):
        below = level < len(shape.units) - 1
        layers.append(keras.layers.LSTM(units, return_sequences=below, stateful=batch is not None))
    network = keras.Sequential([*layers, keras.layers.Dense(shape.outputs)])
    network.set_weights([weight[model] for weight in weights])
    return network


def keras_trained(network: Any, starts: list[Any], learning: Learning, inputs: Any, targets: Any) -> list[list[Any]]:
    """The weights after a training by Keras from each of several first weights, one LSTM alone untraced."""
    keras = keras_runtime.start(0)
    optimiser = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}[learning.optimiser]
    adaptive, eager = optimiser(learning.learning_rate), len(network.layers) == 2
    network.compile(optimizer=adaptive, loss=learning.loss, run_eagerly=eager)
    network.optimizer.build(network.trainable_variables)
    fresh, trained = [variable.numpy() for variable in network.optimizer.variables], []
    for start in starts:
        network.set_weights(start)
        for variable, value in zip(network.optimizer.variables, fresh, strict=True):
            variable.assign(value)
        forget(network, learning)
        for _ in range(learning.epochs):
            for begin in range(0, len(inputs), learning.batch_size):
                batch = slice(begin, begin + learning.batch_size)
                network.train_on_batch(inputs[batch], targets[batch])
            if learning.reset == "epoch":
                forget(network, learning)
        trained.append(list(network.get_weights()))
    return trained


def forget(network: Any, learning: Learning) -> None:
    if learning.stateful:
        for layer in network.layers[:-1]:
            layer.reset_state()


@pytest.mark.parametrize("shape", SHAPES)
def test_a_forecast_is_that_of_keras(shape: BankShape) -> None:
    weights = fresh_weights(shape, MODELS, 7)
    inputs, _ = samples(shape, 20)
    outputs, _ = forecast(shape, weights, inputs)
    assert outputs.shape == (MODELS, 20, shape.outputs)
    for model in range(MODELS):
        expected = keras_network(shape, weights, model)(inputs)
        np.testing.assert_allclose(outputs[model], expected, atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_carried_state_is_that_of_keras(shape: BankShape) -> None:
    weights = fresh_weights(shape, MODELS, 7)
    inputs, _ = samples(shape, 12)
    outputs, state = forecast(shape, weights, inputs[:8], batch_size=4, stateful=True)
    more, _ = forecast(shape, weights, inputs[8:], batch_size=4, stateful=True, state=state)
    for model in range(MODELS):
        network = keras_network(shape, weights, model, 4)
        expected = np.concatenate([network(part) for part in np.split(inputs, 3)])
        np.testing.assert_allclose(np.concatenate([outputs[model], more[model]]), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "learning"),
    [
        (SHAPES[0], Learning(2, 1, stateful=True)),
        (SHAPES[0], Learning(2, 1, stateful=True, reset="never", optimiser="rmsprop")),
        (SHAPES[1], Learning(5, 3, loss="mae", learning_rate=0.01)),
        (SHAPES[1], Learning(5, 3, optimiser="rmsprop", learning_rate=0.01)),
        (SHAPES[2], Learning(4, 2, stateful=True)),
    ],
)
def test_ten_training_steps_are_those_of_keras(shape: BankShape, learning: Learning) -> None:
    weights = fresh_weights(shape, MODELS, 3)
    inputs, targets = samples(shape, 5 if not learning.stateful else 6 - learning.batch_size % 2)
    steps = learning.epochs * -(-len(inputs) // learning.batch_size)
    assert steps >= 10
    trained = train(shape, learning, weights, inputs, targets)
    network = keras_network(shape, weights, 0, learning.batch_size if learning.stateful else None)
    starts = [[weight[model] for weight in weights] for model in (0, MODELS - 1)]
    for model, expected in zip((0, MODELS - 1), keras_trained(network, starts, learning, inputs, targets), strict=True):
        assert max(np.abs(now - then[model]).max() for now, then in zip(expected, weights, strict=True)) > 1e-3
        for ours, theirs in zip(trained.weights, expected, strict=True):
            np.testing.assert_allclose(ours[model], theirs, atol=1e-5)


def test_fresh_weights_are_drawn_as_keras_draws_them() -> None:
    shape = BankShape(2, 3, (8, 5), 2)
    weights = fresh_weights(shape, 400, 1)
    network = keras_network(shape, weights, 0)
    assert [weight.shape[1:] for weight in weights] == [tuple(weight.shape) for weight in network.weights]
    recurrent = weights[4].astype(float)
    np.testing.assert_allclose(recurrent @ recurrent.swapaxes(1, 2), np.tile(np.eye(5), (400, 1, 1)), atol=1e-5)
    assert abs(recurrent.mean()) < 0.01
    assert np.abs(weights[0]).max() == pytest.approx(np.sqrt(6 / (3 + 32)), rel=0.01)
    assert weights[0].std() == pytest.approx(np.sqrt(2 / (3 + 32)), rel=0.02)
    assert weights[2][0].tolist() == [0.0] * 8 + [1.0] * 8 + [0.0] * 16
    assert not weights[-1].any()


def test_models_learn_from_samples_of_their_own() -> None:
    shape, learning = SHAPES[1], Learning(3, 2, shuffle=True)
    weights = fresh_weights(shape, MODELS, 3)
    drawn = [samples(shape, 5, seed) for seed in range(MODELS)]
    inputs, targets = (np.stack(parts) for parts in zip(*drawn, strict=True))
    together = train(shape, learning, weights, inputs, targets)
    same = train(shape, learning, weights, inputs[:1], targets[:1])
    for ours, theirs in zip(together.weights, same.weights, strict=True):
        np.testing.assert_allclose(ours[0], theirs[0], atol=1e-6)
        assert np.abs(ours[1] - theirs[1]).max() > 1e-4


def test_shuffling_takes_every_sample_once_in_an_order_of_the_seed() -> None:
    shape, learning = SHAPES[0], Learning(4, 2, shuffle=True, learning_rate=1e-12)
    weights = fresh_weights(shape, MODELS, 3)
    inputs, targets = samples(shape, 5)
    errors = (forecast(shape, weights, inputs)[0] - targets) ** 2
    trained = train(shape, learning, weights, inputs, targets, seed=4)
    np.testing.assert_allclose(trained.losses, np.tile(errors.mean(axis=(1, 2)), (4, 1)), rtol=1e-5)
    fast = replace(learning, learning_rate=0.01)
    one, again, other = (train(shape, fast, weights, inputs, targets, seed=seed).weights[0] for seed in (4, 4, 5))
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 1e-5


def test_a_sample_without_weight_is_not_learned_from() -> None:
    shape, learning = SHAPES[1], Learning(4, 8)
    weights = fresh_weights(shape, MODELS, 3)
    inputs, targets = samples(shape, 8)
    counted = np.array([1.0] * 5 + [0.0] * 3)
    masked = train(shape, learning, weights, inputs, targets, sample_weights=counted)
    left_out = train(shape, learning, weights, inputs[:5], targets[:5])
    for ours, theirs in zip(masked.weights, left_out.weights, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("stateful", [False, True])
def test_early_stopping_keeps_the_best_weights(stateful: bool) -> None:
    shape, learning = SHAPES[0], Learning(30, 1, stateful=stateful, learning_rate=0.2, patience=2)
    weights = fresh_weights(shape, 20, 3)
    inputs, targets = samples(shape, 8)
    ahead = samples(shape, 4, 1)
    trained = train(shape, learning, weights, inputs, targets, validation=ahead)
    assert trained.validation_losses is not None
    for model in range(20):
        losses, best = trained.validation_losses[:, model].tolist(), 0
        for epoch, loss in enumerate(losses):
            if epoch - best > 2:
                break
            best = epoch if loss < losses[best] else best
        assert trained.best_epoch[model] == best
    assert 0 < np.median(trained.best_epoch) < 29
    until = train(
        shape, replace(learning, epochs=int(trained.best_epoch[0]) + 1, patience=None), weights, inputs, targets
    )
    for ours, theirs in zip(trained.weights, until.weights, strict=True):
        np.testing.assert_allclose(ours[0], theirs[0], atol=1e-6)
    state = until.state if stateful else None
    expected, _ = forecast(shape, until.weights, ahead[0], stateful=stateful, state=state)
    loss = ((expected[0] - ahead[1]) ** 2).mean()
    np.testing.assert_allclose(trained.validation_losses[trained.best_epoch[0], 0], loss, rtol=1e-4)


def test_a_reset_after_each_forecast_is_a_stateless_forecast() -> None:
    shape = SHAPES[1]
    weights = fresh_weights(shape, MODELS, 3)
    inputs, _ = samples(shape, 6)
    carried, _ = forecast(shape, weights, inputs, stateful=True)
    reset, state = forecast(shape, weights, inputs, stateful=True, reset_each=True)
    np.testing.assert_allclose(reset, forecast(shape, weights, inputs)[0], atol=1e-6)
    assert np.abs(carried - reset).max() > 1e-3
    assert not any(part.any() for pair in state for part in pair)


def test_many_samples_are_forecast_in_parts() -> None:
    shape = SHAPES[0]
    weights = fresh_weights(shape, 2, 0)
    inputs, _ = samples(shape, 1_100)
    outputs, _ = forecast(shape, weights, inputs)
    np.testing.assert_allclose(outputs[:, 1_000:], forecast(shape, weights, inputs[1_000:])[0], atol=1e-6)


def test_no_sample_is_no_forecast() -> None:
    shape = SHAPES[0]
    assert forecast(shape, fresh_weights(shape, 2, 0), np.zeros((0, 1, 1)))[0].shape == (2, 0, 1)
