"""Repeats of one network: compiled once, trained from fresh weights each time."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from models.common import keras_runtime
from models.common.arrays import Floats, Integers, Singles
from models.common.selection import Progress
from models.common.training import TrainingLoop
from studies.waves.network import attention_weights, build, described
from studies.waves.settings import Settings, WavesConfiguration
from studies.waves.windows import Samples

STEPS_AT_ONCE = 16
"""Training steps of a block."""

FORECAST_BATCH = 1_024
"""Windows forecast at once, which bounds memory."""


def seed_of(settings: Settings, configuration: int, repeat: int) -> int:
    """The seed of one repeat of one configuration, unlike any other, from 0 to 2^32 - 1."""
    return int(np.random.SeedSequence((settings.seed, configuration, repeat)).generate_state(1)[0])


class RepeatedNetwork:
    """The repeats of one network, trained by one compiled program: compiling takes as long as many epochs.

    Args:
        settings: The study file.
        configuration: One of its configurations.
        samples: Samples to learn from, and to forecast.

    Attributes:
        compile_seconds: Duration of building and compiling.
        layers: Layers of the network, in words.
    """

    def __init__(self, settings: Settings, configuration: WavesConfiguration, samples: Samples) -> None:
        start = time.perf_counter()
        self._settings, self._configuration, self._samples = settings, configuration, samples
        self._keras = keras_runtime.start(settings.seed)
        self._count = int(samples.train.sum())
        self._past, self._target = samples.past[samples.train], samples.target[samples.train]
        self._network = self._build()
        optimizer = self._keras.optimizers.Adam(clipnorm=configuration.clip_norm)
        self._loop = TrainingLoop(
            self._network,
            optimizer,
            _squared_error,
            samples.target.shape[1:],
            compiled=True,
            steps_at_once=STEPS_AT_ONCE,
        )
        self._learn(np.arange(self._count))
        self.layers = described(self._network)
        self.compile_seconds = time.perf_counter() - start

    def _build(self) -> Any:
        return build(self._keras, self._configuration, self._settings.windows, self._samples.past.shape[2])

    def train(self, seed: int, progress: Progress) -> None:
        """Train from new weights, drawn with the seed like the orders of samples."""
        keras_runtime.draw_from(seed)
        self._loop.start_from(self._build())
        generator = np.random.default_rng(seed)
        for epoch in range(self._configuration.epochs):
            self._learn(generator.permutation(self._count))
            progress((epoch + 1) / self._configuration.epochs)

    def _learn(self, order: Integers) -> None:
        """One epoch: whole batches, then what is left over, as Keras does."""
        size = self._configuration.batch_size
        whole = len(order) // size * size
        for rows in (order[:whole].reshape(-1, size), order[None, whole:]):
            if rows.size:
                self._loop.run([self._past], self._target, rows, self._configuration.learning_rate)

    def forecast(self) -> Singles:
        """Forecasts of every sample, (n, horizon, k), without trend and scale."""
        output: Singles = self._network.predict(self._samples.past, batch_size=FORECAST_BATCH, verbose=0)
        return output

    def attention(self, sample: int) -> Floats:
        """The attention of each step ahead of a sample, (horizon, look-back)."""
        weights = attention_weights(self._keras, self._network, self._samples.past[sample : sample + 1])
        return np.asarray(weights[0])


def _squared_error(target: Any, output: Any) -> Any:
    return (output - target) ** 2
