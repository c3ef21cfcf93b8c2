"""The charts of a study of single series."""

from __future__ import annotations

import numpy as np

from models.common.arrays import Floats, Integers
from studies.charts import LineChart
from studies.results import ConfigurationResult
from studies.series.walk import Part, Walk

SHOWN = 400
"""Periods of a series that are drawn: all, or those around the beginning of the test part."""

BAND = (0.025, 0.975)
POINTS = 100
"""Of a line over numbers of repeats."""


def forecasts_over_series(title: str, walk: Walk, values: Floats, known: int) -> LineChart:
    """The median forecast over all repeats, and the range of 95 % of them, laid over the series.

    Args:
        title: Says whose forecasts they are.
        walk: The forecasts.
        values: The series, (n,).
        known: How many of its values are the training part.
    """
    shown = _shown(len(values), known)
    lines, bands = {"true": (_axis(shown), values[shown])}, {}
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
    """Places that are drawn."""
    first = max(0, min(known - SHOWN // 4, length - SHOWN))
    return np.arange(first, min(length, first + SHOWN), dtype=np.int64)


def standard_errors(results: list[ConfigurationResult], metric: str) -> LineChart | None:
    """The standard error of the mean after so many repeats; None where there is no chance in any configuration.

    Args:
        results: Of some configurations.
        metric: What of.
    """
    scores = {result.name: result.scores[metric] for result in results}
    finite = {name: values[np.isfinite(values)] for name, values in scores.items()}
    lines = {name: _errors(values) for name, values in finite.items() if len(values) > 1 and np.ptp(values) > 0}
    if not lines:
        return None
    return LineChart("How sure the mean is after so many repeats", "repeats", f"standard error of {metric}", lines)


def _errors(scores: Floats) -> tuple[Floats, Floats]:
    """Numbers of repeats, at equal ratios, and the standard error after each."""
    counts = np.unique(np.geomspace(2, len(scores), POINTS).round().astype(np.int64))
    every = np.arange(1, len(scores) + 1)
    centred = scores - scores.mean()  # else squares of large scores leave no digits to their differences
    squares = np.maximum(np.cumsum(centred**2) - np.cumsum(centred) ** 2 / every, 0.0)[counts - 1]
    return counts.astype(np.float64), np.asarray(np.sqrt(squares / (counts - 1) / counts))
