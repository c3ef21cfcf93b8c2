"""The charts of a study of single series."""

from __future__ import annotations

import numpy as np

from models.common.arrays import Floats, Integers
from studies.charts import LineChart
from studies.results import ConfigurationResult
from studies.series.measure import Part, Walk

SHOWN = 400
"""Periods of a series that are drawn at most: those around the start of the test part."""

BAND = (0.025, 0.975)
"""Quantiles of the forecasts that are the edges of the band."""

POINTS = 100
"""Points of a line over numbers of repeats."""


def forecasts_over_series(title: str, walk: Walk, values: Floats, known: int) -> LineChart:
    """The series, the median forecast over all repeats, and the range of 95 % of them.

    Args:
        title: Names the configuration.
        walk: The forecasts.
        values: The series, (n,).
        known: The length of the training part.
    """
    shown = _shown(len(values), known)
    lines, bands = {"actual": (_axis(shown), values[shown])}, {}
    for name, part in (("training part", walk.train), ("test part", walk.test)):
        inside = np.isin(part.places, shown)
        part = Part(part.places[inside], part.forecasts[:, inside])
        finite = part.forecasts[np.isfinite(part.forecasts).all(axis=1)]
        if len(finite) and len(part.places):
            x, (low, median, high) = _axis(part.places), np.quantile(finite, (BAND[0], 0.5, BAND[1]), axis=0)
            lines[name] = x, median
            if len(finite) > 1:
                bands[name] = x, low, high
    return LineChart(title, "period, counted from 1", "value", lines, bands)


def _axis(places: Integers) -> Floats:
    return np.asarray(places + 1, np.float64)


def _shown(length: int, known: int) -> Integers:
    """The places that are drawn."""
    first = max(0, min(known - SHOWN // 4, length - SHOWN))
    return np.arange(first, min(length, first + SHOWN), dtype=np.int64)


def standard_errors(results: list[ConfigurationResult], metric: str) -> LineChart | None:
    """The standard error of the mean by the number of repeats; None where all configurations are deterministic.

    Args:
        results: Results of some configurations.
        metric: Whose mean.
    """
    scores = {result.name: result.scores[metric] for result in results}
    finite = {name: values[np.isfinite(values)] for name, values in scores.items()}
    lines = {name: _errors(values) for name, values in finite.items() if len(values) > 1 and np.ptp(values) > 0}
    if not lines:
        return None
    return LineChart("Standard error of the mean by number of repeats", "repeats", f"standard error of {metric}", lines)


def _errors(scores: Floats) -> tuple[Floats, Floats]:
    """Numbers of repeats at equal ratios, and the standard error after each."""
    counts = np.unique(np.geomspace(2, len(scores), POINTS).round().astype(np.int64))
    every = np.arange(1, len(scores) + 1)
    centred = scores - scores.mean()  # otherwise the differences of large squares lose their digits
    squares = np.maximum(np.cumsum(centred**2) - np.cumsum(centred) ** 2 / every, 0.0)[counts - 1]
    return counts.astype(np.float64), np.asarray(np.sqrt(squares / (counts - 1) / counts))
