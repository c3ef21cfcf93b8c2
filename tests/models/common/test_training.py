"""The training loop takes the steps that Keras takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.common import keras_runtime
from models.common.training import TrainingLoop, falling, shuffled_batches

ROWS, BATCH = 24, 6
GENERATOR = np.random.default_rng(1)
INPUTS = GENERATOR.normal(size=(ROWS, 3, 2)).astype(np.float32)
TARGETS = GENERATOR.normal(size=(ROWS, 1)).astype(np.float32)


def network(batch: int | None = None) -> Any:
    keras = keras_runtime.start(1)
    return keras.Sequential(
        [
            keras.Input((3, 2), batch_size=batch),
            keras.layers.LSTM(3, stateful=batch is not None),
            keras.layers.Dense(1),
        ]
    )


def squared_error(targets: Any, outputs: Any) -> Any:
    return (targets - outputs) ** 2


def loop(of: Any, compiled: bool) -> TrainingLoop:
    states = of.layers[0].states if of.layers[0].stateful else ()
    adam = keras_runtime.start(1).optimizers.Adam()
    return TrainingLoop(of, adam, squared_error, (1,), compiled=compiled, steps_at_once=3, states=states)


def in_order(epochs: int) -> np.ndarray:
    return np.tile(np.arange(ROWS).reshape(-1, BATCH), (epochs, 1))


@pytest.fixture(scope="module")
def plain() -> TrainingLoop:
    """A loop that is not compiled, traced once for all tests that start it anew."""
    return loop(network(), compiled=False)


@pytest.fixture(scope="module")
def weights_of_keras() -> list[Any]:
    """The weights after two epochs by Keras itself."""
    trained = network()
    trained.compile(optimizer=keras_runtime.start(1).optimizers.Adam(0.01), loss="mse", run_eagerly=True)
    trained.fit(INPUTS, TARGETS, batch_size=BATCH, epochs=2, shuffle=False, verbose=0)
    return list(trained.get_weights())


@pytest.mark.parametrize("compiled", [True, False])
def test_steps_are_those_of_keras(compiled: bool, plain: TrainingLoop, weights_of_keras: list[Any]) -> None:
    trainer = loop(network(), compiled) if compiled else plain
    trainer.start_from(network())
    trainer.run([INPUTS], TARGETS, in_order(2), 0.01)
    for mine, other in zip(trainer.network.get_weights(), weights_of_keras, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-5)


def test_a_training_does_not_depend_on_the_one_before(plain: TrainingLoop) -> None:
    start, results = network().get_weights(), []
    for _ in range(2):
        plain.start_with(start)
        plain.run([INPUTS], TARGETS, in_order(1), 0.01)
        results.append(plain.network.get_weights())
    plain.start_from(network())
    plain.run([INPUTS], TARGETS, in_order(1), 0.01)
    for one, again, copied in zip(*results, plain.network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, again)
        np.testing.assert_array_equal(one, copied)


def test_blocks_of_any_length_take_the_same_steps(plain: TrainingLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five steps fill no number of blocks of three; each has a rate of its own."""
    results = []
    for steps_at_once in (1, 3, 16):
        monkeypatch.setattr(plain, "_steps_at_once", steps_at_once)
        plain.start_from(network())
        shares = list[float]()
        rows, rates = in_order(2)[:5], falling(0.01, 5)
        plain.run([INPUTS], TARGETS, rows, rates, progress=shares.append)
        results.append(plain.network.get_weights())
        assert shares[-1] == 1.0
        assert shares == sorted(shares)
    for weights in results[1:]:
        for one, other in zip(results[0], weights, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-7)


def test_carried_states_are_reset_before_the_steps_that_say_so() -> None:
    rows = np.arange(2 * BATCH).reshape(2, BATCH)
    trained = network(batch=BATCH)
    start, trainer, reset = trained.get_weights(), loop(trained, False), {}
    for flags in ((False, False), (True, True), (True, False)):
        trainer.start_with(start)
        trained.layers[0].reset_state()
        trainer.run([INPUTS], TARGETS, rows, 0.01, np.array(flags))
        reset[flags] = trained.get_weights()[0]
    np.testing.assert_array_equal(reset[False, False], reset[True, False])
    assert (reset[True, True] != reset[True, False]).any()


def test_rates_fall_from_the_first_towards_zero() -> None:
    rates = falling(0.5, 4)
    assert rates[0] == 0.5
    assert (np.diff(rates) < 0).all()
    assert 0 < rates[-1] < 0.1


def test_every_row_that_fills_a_batch_comes_once_an_epoch() -> None:
    batches = shuffled_batches(10, 4, 3, seed=1)
    assert batches.shape == (6, 4)
    for epoch in batches.reshape(3, 8):
        assert len(set(epoch.tolist())) == 8
    assert (batches[:2] != batches[2:4]).any()
