"""Fitting gradient boosted trees to windows of all series."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from models.common.arrays import Flags, Floats, Integers, Singles
from models.common.recipe import Description
from models.common.trees import one_thread
from models.sales.data.panel import SalesPanel
from models.sales.features.reading import Reading
from models.sales.features.training_windows import NothingToLearnError, TrainingWindows, sample_windows
from models.sales.recipes.boosting.model import NAME, SMALLEST_SPREAD, BoostingModel, Errors, load_boosting, mean_of
from models.sales.recipes.boosting.rows import reference_of, rows_of
from models.sales.recipes.model import QUANTILES, SalesModel, SalesTraining

MOST_ROWS = 60_000
"""Rows of a training: its time does not grow with the number of series."""

FEWEST_ROWS = 100
"""Fewest rows to learn the centre from, and fewest to learn the errors from."""

HELD_OUT = 0.25
"""The share of series whose rows show how large errors are: trees err less on what they have learned from."""

FEWEST_SERIES = 8
"""Below, windows are held out, and not series."""

CENTRE: dict[str, Any] = {
    "loss": "absolute_error",
    "learning_rate": 0.1,
    "max_iter": 150,
    "max_leaf_nodes": 31,
    "min_samples_leaf": 40,
    "max_features": 0.5,  # trees that see other columns err differently, and take less time
    "max_bins": 127,
    "l2_regularization": 1.0,
    "early_stopping": False,
}
SPREAD: dict[str, Any] = CENTRE | {
    "loss": "squared_error",
    "max_iter": 50,
    "max_leaf_nodes": 7,
    "min_samples_leaf": 100,
}

POINTS = (np.arange(40) + 0.5) / 40
"""Levels of the errors whose mean gives the mean of a forecast, (40,)."""

LARGEST_RATIO = 50.0
"""Larger ratios of sales to their level count as this in the mean."""

SMALLEST_FACTOR, LARGEST_FACTOR = 0.2, 2.0
"""Bounds of the correction of the mean."""


class BoostingRecipe:
    """Fits the trees to windows of all smooth series, as most winners of M5 did (Makridakis et al., 2022).

    Series of mostly zeros are left to other recipes: errors around a median of zero, on a scale that grows with the
    value, say nothing of the mean and of the far quantiles.
    """

    name = NAME

    def fit(self, known: SalesPanel, training: SalesTraining) -> BoostingModel:
        """Fit the trees; see `models.common.recipe.Recipe.fit`.

        Raises:
            NothingToLearnError: if fewer than `FEWEST_ROWS` steps can be learned from.
        """
        reading, generator = Reading.of(known), np.random.default_rng(training.seed)
        smooth = known.take(np.flatnonzero(~known.rare))
        windows = sample_windows(smooth, reading.yearly, reading.scales, generator)
        learned, held_out = _split(windows, generator)
        target = windows.target[:, :, 0] - reference_of(windows.inputs)
        centre = self._fitted(CENTRE, reading, windows, learned, target[learned], training.seed)
        rows = rows_of(reading, windows.inputs, *held_out)
        with one_thread():
            error = target[held_out] - centre.predict(rows)
        spread = self._fitted(SPREAD, reading, windows, held_out, np.abs(error), training.seed)
        with one_thread():
            size = np.maximum(spread.predict(rows), SMALLEST_SPREAD)
        points = np.quantile(error / size, POINTS)
        expected = mean_of(target[held_out] - error + reference_of(windows.inputs)[held_out], size, points)
        factor = _factor(expected, np.minimum(windows.target[:, :, 1][held_out], LARGEST_RATIO))
        return BoostingModel(reading, centre, spread, Errors(np.quantile(error / size, QUANTILES), points, factor))

    def _fitted(
        self,
        parameters: dict[str, Any],
        reading: Reading,
        windows: TrainingWindows,
        places: tuple[Integers, Integers],
        target: Floats | Singles,
        seed: int,
    ) -> Any:
        from sklearn.ensemble import HistGradientBoostingRegressor

        trees = HistGradientBoostingRegressor(**parameters, random_state=seed)
        with one_thread():
            return trees.fit(rows_of(reading, windows.inputs, *places), target)

    def load(self, folder: Path, description: Description) -> SalesModel:
        """See `models.common.recipe.Recipe.load`."""
        return load_boosting(folder, description)


def _split(
    windows: TrainingWindows, generator: np.random.Generator
) -> tuple[tuple[Integers, Integers], tuple[Integers, Integers]]:
    """Places of the rows to learn the centre from, and of those that are held out for the errors.

    Raises:
        NothingToLearnError: if there are too few of either.
    """
    held_out = _held_out(windows.series, generator)
    places = np.argwhere(windows.target[:, :, 2] > 0)
    places = generator.permutation(places)[:MOST_ROWS]
    learned, other = (places[held_out[places[:, 0]] == flag].T for flag in (False, True))
    if min(learned.shape[1], other.shape[1]) < FEWEST_ROWS:
        raise NothingToLearnError
    return (learned[0], learned[1]), (other[0], other[1])


def _held_out(series: Integers, generator: np.random.Generator) -> Flags:
    """Which windows are held out, by their series if there are enough."""
    different = np.unique(series)
    if len(different) < FEWEST_SERIES:
        return np.asarray(generator.random(len(series)) < HELD_OUT)
    return np.isin(series, generator.permutation(different)[: round(HELD_OUT * len(different))])


def _factor(expected: Floats, ratio: Floats) -> float:
    """What makes the sum of the means that of the sales."""
    sums = float(expected.sum()), float(ratio.sum())
    return float(np.clip(sums[1] / sums[0], SMALLEST_FACTOR, LARGEST_FACTOR)) if min(sums) > 0 else 1.0


GRADIENT_BOOSTING = BoostingRecipe()
"""The recipe."""
