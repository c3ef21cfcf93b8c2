"""Runs a study of waves: each configuration as often as the study says."""

from __future__ import annotations

import time

import numpy as np

from models.common.selection import Progress, no_progress, part_of
from studies.results import ConfigurationResult, StudyResult
from studies.series.data import SeriesData
from studies.waves.charts import charts, chosen_samples
from studies.waves.notes import notes
from studies.waves.preparation import Preparation, Samples, prepare
from studies.waves.scores import Shown, Tally
from studies.waves.settings import Settings
from studies.waves.training import RepeatedNetwork, seed_of


def run(settings: Settings, data: SeriesData, progress: Progress = no_progress) -> StudyResult:
    """Train and score every configuration.

    Scores: ``train_mae``, ``test_mae`` and ``test_rmse``, over all samples of a part, steps ahead and series, in the
    units of the series. Each repeat has weights of its own, and so has each configuration.

    Args:
        settings: The study file.
        data: Its series.
        progress: Told the share that is done.

    Raises:
        InputError: if the series are too short for their split, a value is unknown, or a series is its trend alone.
    """
    degrees = {configuration.degree for configuration in settings.configurations}
    prepared = {degree: prepare(settings, data, degree) for degree in degrees}
    results, shown = [], []
    count = len(settings.configurations)
    for number, configuration in enumerate(settings.configurations):
        told = part_of(progress, number / count, (number + 1) / count)
        result, seen = _run_one(settings, number, *prepared[configuration.degree], told)
        results.append(result)
        shown.append(seen)
    _, samples = prepared[settings.configurations[0].degree]
    return StudyResult(results, charts(settings, data, samples, shown), notes(settings, data, samples, shown))


def _run_one(
    settings: Settings, number: int, preparation: Preparation, samples: Samples, progress: Progress
) -> tuple[ConfigurationResult, Shown]:
    """Every repeat of a configuration."""
    configuration, start = settings.configurations[number], time.perf_counter()
    tally = Tally(samples)
    if configuration.model == "trend":
        tally.add(preparation.restore(np.zeros_like(samples.target), samples.index))
        shown, compiling = tally.shown(configuration.name), 0.0
        progress(1.0)
    else:
        network = RepeatedNetwork(settings, configuration, samples)
        shown, compiling = _repeat(settings, number, network, preparation, tally, progress), network.compile_seconds
    scores = {metric: np.resize(values, settings.repeats) for metric, values in tally.scores.items()}
    return ConfigurationResult(configuration.name, scores, time.perf_counter() - start, compiling), shown


def _repeat(
    settings: Settings,
    number: int,
    network: RepeatedNetwork,
    preparation: Preparation,
    tally: Tally,
    progress: Progress,
) -> Shown:
    """Train and score as often as the study says."""
    configuration, attention = settings.configurations[number], None
    for repeat in range(settings.repeats):
        told = part_of(progress, repeat / settings.repeats, (repeat + 1) / settings.repeats)
        network.train(seed_of(settings, number, repeat), told)
        tally.add(preparation.restore(network.forecast(), tally.samples.index))
        if repeat == 0 and configuration.model == "seq2seq_luong":
            attention = network.attention(int(chosen_samples(settings, tally.samples)[0]))
    return tally.shown(configuration.name, attention, network.layers)
