"""How good the forecasts of a configuration are, added up over its repeats so that none but the first is kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Floats
from studies.waves.preparation import Samples
from studies.waves.settings import METRICS


@dataclass(frozen=True, eq=False)
class Shown:
    """What is shown of one configuration.

    Attributes:
        name: The configuration's.
        forecast: The first repeat's, (n, horizon, k), in the units of the series.
        sample_error: MAE of each sample in the mean over repeats, (n,).
        step_error: MAE of each step ahead in the test part, in the mean over repeats, (horizon,).
        attention: The first repeat's, of the first sample shown, (horizon, look-back); None without attention.
        layers: What the network consists of; empty without one.
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
        samples: What is forecast.

    Attributes:
        samples: The same.
        scores: By metric, one for each repeat.
    """

    def __init__(self, samples: Samples) -> None:
        self.samples = samples
        self.scores: dict[str, list[float]] = {metric: [] for metric in METRICS}
        self._first: list[Floats] = []
        self._sample_error = np.zeros(len(samples.truth))
        self._step_error = np.zeros(samples.truth.shape[1])

    def add(self, forecast: Floats) -> None:
        """Score one more repeat, (n, horizon, k)."""
        self._first = self._first or [forecast]
        size = np.abs(forecast - self.samples.truth)
        test = size[self.samples.test]
        self.scores["train_mae"].append(float(size[self.samples.train].mean()))
        self.scores["test_mae"].append(float(test.mean()))
        self.scores["test_rmse"].append(float(np.sqrt(np.mean(test**2))))
        self._sample_error += size.mean(axis=(1, 2))
        self._step_error += test.mean(axis=(0, 2))

    def shown(self, name: str, attention: Floats | None = None, layers: str = "") -> Shown:
        """What is shown of the configuration `name`, one repeat at least having been added."""
        repeats = len(self.scores["test_mae"])
        return Shown(name, self._first[0], self._sample_error / repeats, self._step_error / repeats, attention, layers)
