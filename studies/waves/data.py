"""The series of a study: read from a file, or generated."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studies.series.data import SeriesData, read_file
from studies.waves.settings import SeriesSettings, Settings


def read(settings: Settings, folder: Path) -> SeriesData:
    """What the ``[series]`` section names.

    Args:
        settings: The study file.
        folder: Where it lies.

    Raises:
        InputError: if a file cannot be read, a column is missing, or a value is no number.
    """
    series = settings.series
    if series.file is None:
        return generate(series)
    return read_file(folder / series.file, series.period, {name: name for name in series.columns})


def generate(series: SeriesSettings) -> SeriesData:
    """Waves with a polynomial trend and normal noise, called x1, x2, ..."""
    index = np.arange(series.length, dtype=np.float64)[:, None]
    waves = np.asarray(series.amplitudes) * np.sin(2 * np.pi * index / np.asarray(series.periods))
    powers = max(map(len, series.trends))
    padded = np.asarray([(*trend, *(0.0,) * (powers - len(trend))) for trend in series.trends]).reshape(-1, powers)
    trend = index ** np.arange(powers) @ padded.T
    noise = np.random.default_rng(series.seed).normal(0.0, series.noise, waves.shape)
    names = tuple(f"x{number}" for number in range(1, waves.shape[1] + 1))
    return SeriesData(waves + trend + noise, None, names)
