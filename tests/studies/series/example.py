"""A small study to change in tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.common.arrays import Floats
from studies.data import SeriesData
from studies.series.settings import LstmConfiguration, Settings


def study(*configurations: dict[str, Any], **changes: Any) -> Settings:
    """Settings of a study of one series of the name ``series``."""
    given = {
        "name": "small",
        "kind": "series",
        "repeats": 3,
        "series": {"file": "small.csv"},
        "split": {"train": 20},
        "configurations": list(configurations),
    }
    return Settings.model_validate(given | changes)


def lstm(**changes: Any) -> LstmConfiguration:
    """An LSTM that trains quickly."""
    return LstmConfiguration.model_validate({"name": "lstm", "epochs": 2, "batch_size": 1} | changes)


def values(length: int = 32, seed: int = 1) -> Floats:
    """A rising series with noise."""
    return np.arange(length) * 3.0 + np.random.default_rng(seed).normal(100, 20, length)


def data(series: Floats) -> dict[str, SeriesData]:
    """The data of a study of one series."""
    return {"series": SeriesData(series[:, None], None, ("series",))}
