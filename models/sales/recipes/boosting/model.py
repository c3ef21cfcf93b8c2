"""The recipe `gradient_boosting`: trees for the centre of each step, trees for its spread, and the shape of errors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.common.arrays import Flags, Floats
from models.common.description import write_description
from models.common.recipe import Description
from models.common.trees import one_thread, read_trees, write_trees
from models.sales.data.panel import SalesPanel
from models.sales.features.reading import Reading
from models.sales.features.scaling import uncurve
from models.sales.recipes.boosting.rows import reference_of, rows_of
from models.sales.recipes.reading_model import ReadingModel

NAME = "gradient_boosting"
TREES_FILE = "trees.skops"

SERIES_AT_ONCE = 512

SMALLEST_SPREAD = 0.01
"""Smallest mean error, on the curved scale."""


@dataclass(frozen=True, eq=False)
class Errors:
    """How errors are spread, over their expected size.

    Attributes:
        quantiles: At `QUANTILES`, (Q,).
        points: At `POINTS`, (40,).
        factor: What the mean is multiplied by.
    """

    quantiles: Floats
    points: Floats
    factor: float


@dataclass(frozen=True, eq=False)
class BoostingModel(ReadingModel):
    """Fitted trees for any panel of their frequency.

    Attributes:
        centre: scikit-learn's regressor of the median of each step, less its reference, on the curved scale.
        spread: The regressor of the mean absolute error.
        errors: The shape of errors.
    """

    centre: Any
    spread: Any
    errors: Errors
    recipe: str = NAME
    at_once = SERIES_AT_ONCE

    def unsuited(self, panel: SalesPanel) -> Flags:
        """Series of mostly zeros, (S,)."""
        return panel.rare

    def forecast_all(self, panel: SalesPanel) -> tuple[Floats, Floats]:
        """Mean (S, H) and quantiles (S, H, Q) of all series of a panel."""
        inputs = self.reading.inputs(panel)
        shape = (panel.series_count, self.horizon)
        window, step = (part.ravel() for part in np.indices(shape))
        rows = rows_of(self.reading, inputs, window, step)
        with one_thread():
            centre = self.centre.predict(rows).reshape(shape) + reference_of(inputs)
            spread = np.maximum(self.spread.predict(rows), SMALLEST_SPREAD).reshape(shape)
        level = inputs.level[:, None]
        quantiles = uncurve(centre[:, :, None] + spread[:, :, None] * self.errors.quantiles) * level[:, :, None]
        return mean_of(centre, spread, self.errors.points) * self.errors.factor * level, quantiles

    def save(self, folder: Path) -> None:
        """Write the artifact into a folder, which is created where it is missing."""
        errors = {name: np.asarray(values).tolist() for name, values in vars(self.errors).items()}
        write_description(folder, self.recipe, self.reading.description | {"errors": errors})
        write_trees([self.centre, self.spread], folder / TREES_FILE)


def mean_of(centre: Floats, spread: Floats, points: Floats) -> Floats:
    """The mean of the ratios around centres of any shape."""
    return np.asarray(uncurve(centre[..., None] + spread[..., None] * points).mean(axis=-1))


def load_boosting(folder: Path, description: Description) -> BoostingModel:
    """Read the artifact that `BoostingModel.save` wrote.

    Raises:
        InputError: if a file is missing or damaged.
    """
    given = description["errors"]
    errors = Errors(np.array(given["quantiles"]), np.array(given["points"]), float(given["factor"]))
    centre, spread = read_trees(folder / TREES_FILE, _are_trees, "two regressors")
    return BoostingModel(Reading.from_description(description), centre, spread, errors)


def _are_trees(given: Any) -> bool:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return len(given) == 2 and all(isinstance(one, HistGradientBoostingRegressor) for one in given)
