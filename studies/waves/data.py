"""Reads the series of a study, or generates them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studies.data import DatabaseRows, SeriesData
from studies.series.data import read_file
from studies.waves.settings import Settings
from studies.waves.sources import SeriesSettings


def read(settings: Settings, folder: Path, database: DatabaseRows) -> SeriesData:
    """The series that the ``[series]`` section names.

    Args:
        settings: Settings of the study.
        folder: What its file is relative to.
        database: Not used: no wave is in the database.

    Raises:
        InputError: if a file or a column does not exist, or a value is no number.
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
