"""The forecasts that others are measured by: the value one period, or one season, earlier."""

from __future__ import annotations

import numpy as np

from models.common.arrays import Floats
from nightcast.errors import InputError
from studies.series.settings import NaiveConfiguration
from studies.series.walk import Part, Walk


def walk(values: Floats, train: int, configuration: NaiveConfiguration) -> Walk:
    """Forecast each value of a series (n,) by the one a season, or for persistence a period, before.

    Args:
        values: (n,).
        train: How many of them are the training part.
        configuration: Which of the two.

    Raises:
        InputError: if the training part is no longer than the season.
    """
    lag = configuration.season
    if train <= lag:
        raise InputError(
            f"The series is too short for {configuration.name!r}: {train} values for training hold no season of {lag} "
            "with a value after it.",
            "Give it a longer series, a smaller season, or another [split] train.",
        )
    known, tested = np.arange(lag, train), np.arange(train, len(values))
    return Walk(Part(known, values[None, known - lag]), Part(tested, values[None, tested - lag]))
