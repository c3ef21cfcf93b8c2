"""What is shown of a study of waves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.common.arrays import Integers
from studies.charts import Chart, HeatMap, Histogram, LineChart
from studies.series.data import SeriesData
from studies.waves.preparation import Samples
from studies.waves.scores import Shown
from studies.waves.settings import SeriesSettings, Settings

SHOWN_SAMPLES = 4
SHOWN_SERIES = 4
SHOWN_PAST = 3
"""Horizons of the past that are drawn before a sample's truth."""


def chosen_samples(settings: Settings, samples: Samples) -> Integers:
    """Some samples of the test part, drawn with the study's seed, in order."""
    test = np.flatnonzero(samples.test)
    count = min(SHOWN_SAMPLES, len(test))
    return np.sort(np.random.default_rng(settings.seed).choice(test, count, replace=False))


def noise_floor(series: SeriesSettings) -> float | None:
    """The MAE of whoever knows everything but the noise: ``sigma sqrt(2 / pi)``; None where the noise is not known."""
    return series.noise * float(np.sqrt(2 / np.pi)) if series.generate else None


def charts(settings: Settings, data: SeriesData, samples: Samples, shown: list[Shown]) -> list[Chart]:
    """All charts: the errors of every configuration, then the forecasts of the networks, if there are any."""
    names, networks = data.names[:SHOWN_SERIES], [each for each in shown if each.layers] or shown
    return [
        errors_in_order(samples, shown),
        errors_by_step(settings, shown),
        *(distributions(samples, networks, series, name) for series, name in enumerate(names)),
        *random_samples(settings, data, samples, networks),
        *attentions(settings, samples, shown),
        *(last_step(samples, networks, series, name) for series, name in enumerate(names)),
    ]


def errors_in_order(samples: Samples, shown: list[Shown]) -> LineChart:
    """A pattern in time tells of what was not learned."""
    start = samples.index[:, 0].astype(np.float64)
    lines = {each.name: (start, each.sample_error) for each in shown}
    return LineChart(
        "Error of each sample in order", "Index of the first value forecast", "MAE, mean of repeats", lines
    )


def errors_by_step(settings: Settings, shown: list[Shown]) -> LineChart:
    """Beside the noise floor, where it is known."""
    steps = np.arange(1.0, settings.windows.horizon + 1)
    lines = {each.name: (steps, each.step_error) for each in shown}
    floor = noise_floor(settings.series)
    if floor is not None:
        lines["noise floor"] = (steps, np.full(len(steps), floor))
    return LineChart("Error by step ahead in the test part", "Step ahead", "MAE, mean of repeats", lines)


def distributions(samples: Samples, shown: list[Shown], series: int, name: str) -> Histogram:
    """Of all test values of one series."""
    found = {"truth": samples.truth[samples.test][:, :, series].ravel()}
    found |= {each.name: each.forecast[samples.test][:, :, series].ravel() for each in shown}
    return Histogram(f"Forecasts and truth of {name} in the test part, first repeat", name, found)


def random_samples(settings: Settings, data: SeriesData, samples: Samples, shown: list[Shown]) -> Iterator[LineChart]:
    """One series each, in turn, with the past that goes before."""
    for number, sample in enumerate(chosen_samples(settings, samples)):
        series, index = number % len(data.names), samples.index[sample]
        before = np.arange(index[0] - min(settings.windows.look_back, SHOWN_PAST * len(index)), index[-1] + 1)
        lines = {"truth": (before.astype(np.float64), data.values[before, series])}
        lines |= {each.name: (index.astype(np.float64), each.forecast[sample, :, series]) for each in shown}
        title = f"{data.names[series]} from {index[0]} on, first repeat"
        yield LineChart(title, "Index", data.names[series], lines)


def attentions(settings: Settings, samples: Samples, shown: list[Shown]) -> Iterator[HeatMap]:
    """What each step ahead of the first random sample looked at."""
    for each in shown:
        if each.attention is not None:
            start = samples.index[chosen_samples(settings, samples)[0], 0]
            title = f"Attention of {each.name} when it forecast from {start} on, first repeat"
            yield HeatMap(title, "Time step of the window, oldest first", "Step ahead", each.attention, "Weight")


def last_step(samples: Samples, shown: list[Shown], series: int, name: str) -> LineChart:
    """The furthest step ahead of every test sample, as a line over time."""
    index, horizon = samples.index[samples.test, -1].astype(np.float64), samples.index.shape[1]
    lines = {"truth": (index, samples.truth[samples.test, -1, series])}
    lines |= {each.name: (index, each.forecast[samples.test, -1, series]) for each in shown}
    return LineChart(f"{name}, {horizon} steps ahead, first repeat", "Index", name, lines)
