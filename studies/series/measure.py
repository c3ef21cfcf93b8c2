"""Forecasts of a walk through a series, each value from those before it, and their scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Floats, Integers


@dataclass(frozen=True, eq=False)
class Part:
    """Forecasts of a part of a series, one step ahead.

    Attributes:
        places: Places of the values in the series, (n,).
        forecasts: On the original scale, (repeats, n).
    """

    places: Integers
    forecasts: Floats


@dataclass(frozen=True, eq=False)
class Walk:
    """Forecasts of both parts of a series."""

    train: Part
    test: Part

    def scores(self, values: Floats) -> dict[str, Floats]:
        """Root mean squared and mean absolute errors of each repeat, (repeats,), NaN where training diverged.

        Args:
            values: The series, (n,); NaN values do not count.
        """
        train, test = _errors(self.train, values), _errors(self.test, values)
        return {"train_rmse": _rmse(train), "test_rmse": _rmse(test), "test_mae": np.abs(test).mean(axis=1)}


def _errors(part: Part, values: Floats) -> Floats:
    truth = values[part.places]
    finite = np.where(np.isfinite(part.forecasts), part.forecasts, np.nan)
    return np.asarray((finite - truth)[:, np.isfinite(truth)])


def _rmse(errors: Floats) -> Floats:
    return np.asarray(np.sqrt(np.square(errors).mean(axis=1)))
