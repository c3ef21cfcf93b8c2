"""The network with an axis of models against Keras' own layers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.common import keras_runtime
from models.common.arrays import Singles
from models.common.lstm_bank.bank import Weights
from models.next_visit.recipes.classic.interval_classifier import IntervalClassifierModel
from models.next_visit.recipes.classic.settings import ClassicSettings
from studies.intervals import training
from studies.intervals.network import Network
from studies.intervals.training import TrainingWindows, forecast, train

CLASSIFIER = Network(3, 4, "cross_entropy", (5, 4), (6,), 0.0, 4, 10, 0.01)
NUMBER = replace(CLASSIFIER, outputs=1, loss="mse", look_back=1, dense_units=(6, 3))
MODELS, ROWS = 3, 30


def inputs_of(network: Network) -> Singles:
    return np.random.default_rng(1).normal(size=(ROWS, network.look_back, 2)).astype(np.float32)


def training_windows(network: Network, repeats: int = MODELS) -> TrainingWindows:
    random = np.random.default_rng(2)
    targets = random.normal(30, 5, (ROWS, 1)) if network.outputs == 1 else np.eye(4)[random.integers(0, 4, ROWS)]
    rows = np.stack([random.permutation(ROWS)[:20] for _ in range(repeats)])
    centre, spread = (29.0, 5.0) if network.outputs == 1 else (0.0, 1.0)
    ones = np.ones(repeats)
    return TrainingWindows(inputs_of(network), targets.astype(np.float32), rows, ones * centre, ones * spread)


def in_keras(network: Network, weights: Weights, model: int) -> Any:
    """The same network as the classifier of next visits builds it, or with a linear output in its place."""
    settings = ClassicSettings(
        look_back=network.look_back, units=network.units, dense_units=network.dense_units, dropout=network.dropout
    )
    keras = keras_runtime.start(0)
    built = IntervalClassifierModel.build(keras, settings, network.outputs)
    if network.loss == "mse":
        built.layers[-1].activation = keras.activations.linear
    built.set_weights([part[model] for part in weights])
    return built


@pytest.mark.parametrize("network", [CLASSIFIER, NUMBER])
def test_outputs_are_those_of_keras(network: Network) -> None:
    weights, inputs = network.fresh_weights(MODELS, 5), inputs_of(network)
    outputs = forecast(network, weights, inputs).astype(np.float64)
    assert outputs.shape == (MODELS, ROWS, network.outputs)
    if network.loss == "cross_entropy":
        outputs = np.exp(outputs) / np.exp(outputs).sum(axis=2, keepdims=True)
    for model in range(MODELS):
        np.testing.assert_allclose(outputs[model], in_keras(network, weights, model)(inputs), atol=1e-5)


def keras_trained(network: Network, weights: Weights, model: int, windows: TrainingWindows, seed: int) -> list[Any]:
    """The same steps, each by itself."""
    expected = in_keras(network, weights, model)
    optimiser = keras_runtime.start(0).optimizers.RMSprop(network.learning_rate)
    loss = "categorical_crossentropy" if network.loss == "cross_entropy" else "mse"
    expected.compile(optimizer=optimiser, loss=loss, run_eagerly=True)
    targets = (windows.targets - windows.centre[model]) / windows.spread[model]
    for epoch in range(network.epochs):
        order = np.random.default_rng([seed, epoch, model]).permutation(windows.rows[model])
        for begin in range(0, order.size, network.batch_size):
            rows = order[begin : begin + network.batch_size]
            expected.train_on_batch(windows.inputs[rows], targets[rows])
    return list(expected.get_weights())


@pytest.mark.parametrize("network", [CLASSIFIER, NUMBER])
def test_training_steps_are_those_of_keras(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "TOGETHER", 2)
    weights, windows = network.fresh_weights(MODELS, 5), training_windows(network)
    trained, _ = train(network, windows, np.arange(MODELS), weights, 9, lambda share: None)
    for model in range(MODELS):
        expected = keras_trained(network, weights, model, windows, 9)
        assert max(np.abs(now - then[model]).max() for now, then in zip(expected, weights, strict=True)) > 1e-2
        for ours, theirs in zip(trained, expected, strict=True):
            np.testing.assert_allclose(ours[model], theirs, atol=2e-5)


def test_some_repeats_alone_are_trained_as_among_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "TOGETHER", 2)
    weights, windows = CLASSIFIER.fresh_weights(MODELS, 5), training_windows(CLASSIFIER)
    everyone, _ = train(CLASSIFIER, windows, np.arange(MODELS), weights, 9, lambda share: None)
    last, _ = train(CLASSIFIER, windows, np.array([2]), weights, 9, lambda share: None)
    for among, alone in zip(everyone, last, strict=True):
        assert alone.shape == among[2:].shape
        np.testing.assert_allclose(alone, among[2:], atol=1e-6)


def test_progress_rises_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "TOGETHER", 2)
    progress: list[float] = []
    train(
        CLASSIFIER,
        training_windows(CLASSIFIER),
        np.arange(MODELS),
        CLASSIFIER.fresh_weights(MODELS, 5),
        9,
        progress.append,
    )
    assert progress == sorted(progress)
    assert len(progress) == 2 * CLASSIFIER.epochs
    assert progress[-1] == pytest.approx(1.0)


def test_dropout_drops_in_training_alone_and_units_for_a_whole_sequence() -> None:
    tensorflow = keras_runtime.tensorflow()
    network = replace(CLASSIFIER, dropout=0.5)
    weights, inputs = network.fresh_weights(1, 5), inputs_of(network)
    kept = network._kept(tensorflow, (1, 50, 400), np.array([1, 2], np.int32)).numpy()
    assert set(np.unique(kept)) == {0.0, 2.0}
    assert kept.mean() == pytest.approx(1.0, abs=0.03)
    np.testing.assert_array_equal(forecast(network, weights, inputs), forecast(CLASSIFIER, weights, inputs))
    dropped = [network.forward(tensorflow, weights, inputs[None], np.array([1, step], np.int32)) for step in (0, 2, 0)]
    np.testing.assert_array_equal(dropped[0], dropped[2])
    assert np.abs(dropped[0] - dropped[1]).max() > 1e-3


def test_a_forecast_in_parts_is_the_one_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = CLASSIFIER.fresh_weights(MODELS, 5)
    whole = forecast(CLASSIFIER, weights, inputs_of(CLASSIFIER))
    monkeypatch.setattr(training, "ROWS_AT_ONCE", 7)
    np.testing.assert_allclose(forecast(CLASSIFIER, weights, inputs_of(CLASSIFIER)), whole, atol=1e-6)
