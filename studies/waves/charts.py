"""The charts of a study of waves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from studies.charts import Chart, HeatMap, Histogram, LineChart
from studies.data import SeriesData
from studies.waves.measure import Outcome
from studies.waves.settings import Settings
from studies.waves.sources import SeriesSettings
from studies.waves.windows import Samples, shown_samples

SHOWN_SERIES = 4
SHOWN_PAST = 3
"""Horizons of the past that are drawn before the values to forecast."""


def noise_floor(series: SeriesSettings) -> float | None:
    """The expected MAE of a forecast that knows everything but the noise, ``sigma sqrt(2 / pi)``; None for a file."""
    return series.noise * float(np.sqrt(2 / np.pi)) if series.generate else None


def charts(settings: Settings, data: SeriesData, samples: Samples, outcomes: list[Outcome]) -> list[Chart]:
    """All charts: the errors of every configuration, then the forecasts of the networks, if there are any."""
    names, networks = data.names[:SHOWN_SERIES], [each for each in outcomes if each.layers] or outcomes
    return [
        errors_in_order(samples, outcomes),
        errors_by_step(settings, outcomes),
        *(distributions(samples, networks, series, name) for series, name in enumerate(names)),
        *random_samples(settings, data, samples, networks),
        *attentions(settings, samples, outcomes),
        *(last_step(samples, networks, series, name) for series, name in enumerate(names)),
    ]


def errors_in_order(samples: Samples, outcomes: list[Outcome]) -> LineChart:
    """The error of each sample in order of time: a pattern shows what the networks did not learn."""
    start = samples.index[:, 0].astype(np.float64)
    lines = {each.name: (start, each.sample_error) for each in outcomes}
    return LineChart(
        "Error of each sample, in order of time", "index of the first value forecast", "MAE, mean of repeats", lines
    )


def errors_by_step(settings: Settings, outcomes: list[Outcome]) -> LineChart:
    """The error of each step ahead, beside the noise floor where it is known."""
    steps = np.arange(1.0, settings.windows.horizon + 1)
    lines = {each.name: (steps, each.step_error) for each in outcomes}
    floor = noise_floor(settings.series)
    if floor is not None:
        lines["noise floor"] = (steps, np.full(len(steps), floor))
    return LineChart("Error by step ahead in the test part", "step ahead", "MAE, mean of repeats", lines)


def distributions(samples: Samples, outcomes: list[Outcome], series: int, name: str) -> Histogram:
    """Forecasts and actual values of one series in the test part."""
    values = {"actual": samples.actual[samples.test][:, :, series].ravel()}
    values |= {each.name: each.forecast[samples.test][:, :, series].ravel() for each in outcomes}
    return Histogram(f"Forecasts and actual values of {name} in the test part, first repeat", name, values)


def random_samples(
    settings: Settings, data: SeriesData, samples: Samples, outcomes: list[Outcome]
) -> Iterator[LineChart]:
    """Samples of the test part with the past before them, each of another series in turn."""
    for number, sample in enumerate(shown_samples(settings, samples)):
        series, index = number % len(data.names), samples.index[sample]
        before = np.arange(index[0] - min(settings.windows.look_back, SHOWN_PAST * len(index)), index[-1] + 1)
        lines = {"actual": (before.astype(np.float64), data.values[before, series])}
        lines |= {each.name: (index.astype(np.float64), each.forecast[sample, :, series]) for each in outcomes}
        title = f"{data.names[series]} from {index[0]} on, first repeat"
        yield LineChart(title, "index", data.names[series], lines)


def attentions(settings: Settings, samples: Samples, outcomes: list[Outcome]) -> Iterator[HeatMap]:
    """The attention of each step ahead, for the first sample shown."""
    for each in outcomes:
        if each.attention is not None:
            start = samples.index[shown_samples(settings, samples)[0], 0]
            title = f"Attention of {each.name} in its forecast from {start} on, first repeat"
            yield HeatMap(title, "time step of the window, oldest first", "step ahead", each.attention, "weight")


def last_step(samples: Samples, outcomes: list[Outcome], series: int, name: str) -> LineChart:
    """The furthest step ahead of every test sample, as a line over time."""
    index, horizon = samples.index[samples.test, -1].astype(np.float64), samples.index.shape[1]
    lines = {"actual": (index, samples.actual[samples.test, -1, series])}
    lines |= {each.name: (index, each.forecast[samples.test, -1, series]) for each in outcomes}
    return LineChart(f"{name}, {horizon} steps ahead, first repeat", "index", name, lines)
