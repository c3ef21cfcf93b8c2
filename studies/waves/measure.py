"""Errors of the forecasts of a configuration, added up over its repeats; only the first forecast is kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Floats
from studies.waves.settings import METRICS
from studies.waves.windows import Samples


@dataclass(frozen=True, eq=False)
class Outcome:
    """The outcome of all repeats of one configuration, as charts and notes show it.

    Attributes:
        name: The configuration's.
        forecast: The first repeat's, (n, horizon, k), in the units of the series.
        sample_error: MAE of each sample, averaged over repeats, (n,).
        step_error: MAE of each step ahead in the test part, averaged over repeats, (horizon,).
        attention: The first repeat's weights for the first sample shown, (horizon, look-back); None without attention.
        layers: The layers of the network; empty for the trend.
    """

    name: str
    forecast: Floats
    sample_error: Floats
    step_error: Floats
    attention: Floats | None = None
    layers: str = ""


class Tally:
    """Errors of repeats, in the units of the series.

    Args:
        samples: The samples that are forecast.

    Attributes:
        samples: The same.
        scores: By metric, one for each repeat.
    """

    def __init__(self, samples: Samples) -> None:
        self.samples = samples
        self.scores: dict[str, list[float]] = {metric: [] for metric in METRICS}
        self._first: list[Floats] = []
        self._sample_error = np.zeros(len(samples.actual))
        self._step_error = np.zeros(samples.actual.shape[1])

    def add(self, forecast: Floats) -> None:
        """Add the forecast of one more repeat, (n, horizon, k)."""
        self._first = self._first or [forecast]
        errors = np.abs(forecast - self.samples.actual)
        test = errors[self.samples.test]
        self.scores["train_mae"].append(float(errors[self.samples.train].mean()))
        self.scores["test_mae"].append(float(test.mean()))
        self.scores["test_rmse"].append(float(np.sqrt(np.mean(test**2))))
        self._sample_error += errors.mean(axis=(1, 2))
        self._step_error += test.mean(axis=(0, 2))

    def outcome(self, name: str, attention: Floats | None = None, layers: str = "") -> Outcome:
        """The outcome of the configuration of this name, after one repeat at least."""
        repeats = len(self.scores["test_mae"])
        return Outcome(
            name, self._first[0], self._sample_error / repeats, self._step_error / repeats, attention, layers
        )
