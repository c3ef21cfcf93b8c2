"""Training against Keras' own, and again from the same seed."""

from __future__ import annotations

import numpy as np

from models.common import keras_runtime
from studies.waves.data import generate
from studies.waves.network import build
from studies.waves.training import RepeatedNetwork, seed_of
from studies.waves.windows import prepare
from tests.studies.waves.example import example

STUDY = example(windows={"look_back": 3, "horizon": 2})


def test_seeds_differ_by_study_configuration_and_repeat() -> None:
    seeds = [seed_of(example(seed=seed), number, repeat) for seed in (1, 2) for number in (0, 1) for repeat in (0, 1)]
    assert len(set(seeds)) == 8
    assert seeds[0] == seed_of(STUDY, 0, 0)
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_training_is_that_of_keras_and_the_same_for_the_same_seed() -> None:
    configuration = STUDY.configurations[0].model_copy(update={"batch_size": 40, "epochs": 2})
    _, samples = prepare(STUDY, generate(STUDY.series), 1)
    count = int(samples.train.sum())
    assert count % 40  # so that the last batch is smaller
    network = RepeatedNetwork(STUDY, configuration, samples)
    network.train(9, lambda share: None)
    forecast = network.forecast()
    keras = keras_runtime.start(9)
    expected = build(keras, configuration, STUDY.windows, 2)
    expected.compile(optimizer=keras.optimizers.Adam(0.02, clipnorm=1.0), loss="mse", run_eagerly=True)
    generator = np.random.default_rng(9)
    for _ in range(2):
        order = generator.permutation(count)
        past, target = samples.past[samples.train][order], samples.target[samples.train][order]
        expected.fit(past, target, batch_size=40, epochs=1, shuffle=False, verbose=0)
    np.testing.assert_allclose(forecast, np.asarray(expected(samples.past, training=False)), atol=1e-4)
    network.train(8, lambda share: None)
    assert np.abs(network.forecast() - forecast).max() > 1e-3
    network.train(9, lambda share: None)
    np.testing.assert_array_equal(network.forecast(), forecast)
