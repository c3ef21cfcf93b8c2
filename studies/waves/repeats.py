"""All repeats of a configuration: their scores, and the forecasts that are shown."""

from __future__ import annotations

import time

import numpy as np

from models.common.arrays import Floats
from models.common.selection import Progress, with_shares
from studies.results import ConfigurationResult
from studies.waves.measure import Outcome, Tally
from studies.waves.settings import Settings
from studies.waves.training import RepeatedNetwork, seed_of
from studies.waves.windows import Preparation, Samples, shown_samples


def run_repeats(
    settings: Settings, number: int, preparation: Preparation, samples: Samples, progress: Progress
) -> tuple[ConfigurationResult, Outcome]:
    """Every repeat of a configuration.

    Args:
        settings: Settings of the study.
        number: Number of the configuration in the study, from 0.
        preparation: What was subtracted from the series and what they were divided by.
        samples: Samples of the prepared series.
        progress: Called with the share that is done.
    """
    configuration, start = settings.configurations[number], time.perf_counter()
    tally = Tally(samples)
    if configuration.model == "trend":
        tally.add(preparation.restore(np.zeros_like(samples.target), samples.index))
        outcome, compiling = tally.outcome(configuration.name), 0.0
    else:
        network = RepeatedNetwork(settings, configuration, samples)
        attention = _train(settings, number, network, preparation, tally, progress)
        outcome, compiling = tally.outcome(configuration.name, attention, network.layers), network.compile_seconds
    progress(1.0)
    scores = {metric: np.resize(values, settings.repeats) for metric, values in tally.scores.items()}
    return ConfigurationResult(configuration.name, scores, time.perf_counter() - start, compiling), outcome


def _train(
    settings: Settings,
    number: int,
    network: RepeatedNetwork,
    preparation: Preparation,
    tally: Tally,
    progress: Progress,
) -> Floats | None:
    """Train and score every repeat; returns the attention of the first, (horizon, look-back), if there is any."""
    attention = None
    for repeat, part in with_shares(range(settings.repeats), progress):
        network.train(seed_of(settings, number, repeat), part)
        tally.add(preparation.restore(network.forecast(), tally.samples.index))
        if repeat == 0 and settings.configurations[number].model == "seq2seq_luong":
            attention = network.attention(int(shown_samples(settings, tally.samples)[0]))
    return attention
