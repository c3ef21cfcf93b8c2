"""The recipe `poisson_boosting`: trees for the mean of each step of counts, and the distribution around it.

For series of small whole numbers. The trees learn from all of them by the Poisson likelihood; the quantiles
are those of the negative binomial distribution, whose variance is learned beside the mean (Salinas and others, 2020,
use the same likelihood for networks). They are whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.common.arrays import Flags, Floats, Integers
from models.common.description import write_description
from models.common.recipe import Description
from models.common.trees import one_thread, read_trees, write_trees
from models.sales.data.panel import SalesPanel
from models.sales.features.inputs import Inputs
from models.sales.features.reading import Reading
from models.sales.features.scaling import level_of
from models.sales.features.training_windows import NothingToLearnError, sample_windows
from models.sales.recipes.boosting.fit import MOST_ROWS
from models.sales.recipes.boosting.model import SERIES_AT_ONCE, TREES_FILE
from models.sales.recipes.boosting.rows import rows_of
from models.sales.recipes.model import QUANTILES, SalesTraining
from models.sales.recipes.reading_model import ReadingModel

NAME = "poisson_boosting"

FEWEST_ROWS = 400
"""Fewest rows to learn from: two leaves."""

TREES: dict[str, Any] = {
    "loss": "poisson",
    "learning_rate": 0.1,
    "max_iter": 60,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 200,
    "max_bins": 63,  # finding bins of weighted rows takes longer than the trees: a time that grows with their number
    "early_stopping": False,
}

SMALL = 10.0
"""The largest mean of a series, in sales a period: beyond, whole numbers are as good as any others."""

TINY = 1e-9

OVER_POISSON = 1 + 1e-6
"""The least variance, over the mean: the negative binomial distribution has more than Poisson's."""


@dataclass(frozen=True)
class Variance:
    """The variance of counts around their mean m: ``m (share + growth m)``.

    Attributes:
        share: At least 1, as chance alone gives.
        growth: At least 0.
    """

    share: float
    growth: float

    @classmethod
    def of(cls, mean: Floats, count: Floats) -> Variance:
        """The least squares fit of squared errors (r,), each in units of its mean, so that large ones do not decide."""
        columns = np.stack([np.ones_like(mean), mean], axis=1)
        share, growth = np.linalg.lstsq(columns, (count - mean) ** 2 / mean, rcond=None)[0]
        if growth <= 0:
            return cls(max(float(np.mean((count - mean) ** 2 / mean)), 1.0), 0.0)
        return cls(max(float(share), 1.0), float(growth))

    def quantiles(self, mean: Floats) -> Floats:
        """The quantiles of the negative binomial distribution around means of any shape, (..., Q)."""
        from scipy.stats import nbinom

        over = np.maximum(self.share + self.growth * mean, OVER_POISSON)
        size = mean / (over - 1)
        return np.asarray(nbinom.ppf(np.array(QUANTILES), size[..., None], (1 / over)[..., None]))


@dataclass(frozen=True, eq=False)
class CountsModel(ReadingModel):
    """Fitted trees for any panel of their frequency.

    Attributes:
        trees: scikit-learn's regressor of the mean of each step, over the level.
        variance: The variance around it.
    """

    trees: Any
    variance: Variance
    recipe: str = NAME
    at_once = SERIES_AT_ONCE

    def unsuited(self, panel: SalesPanel) -> Flags:
        """Other series than small counts, (S,)."""
        return ~small_counts(panel)

    def forecast_all(self, panel: SalesPanel) -> tuple[Floats, Floats]:
        """Mean (S, H) and quantiles (S, H, Q) of all series of a panel."""
        inputs, shape = self.reading.inputs(panel), (panel.series_count, self.horizon)
        window, step = (part.ravel() for part in np.indices(shape))
        with one_thread():
            ratio = self.trees.predict(_rows(self.reading, inputs, window, step)).reshape(shape)
        mean = np.maximum(ratio * inputs.level[:, None], TINY)
        return mean, self.variance.quantiles(mean)

    def save(self, folder: Path) -> None:
        """Write the artifact into a folder, which is created where it is missing."""
        write_description(folder, self.recipe, self.reading.description | {"variance": vars(self.variance)})
        write_trees(self.trees, folder / TREES_FILE)


class PoissonBoostingRecipe:
    """Fits the trees to windows of all small counts."""

    name = NAME

    def fit(self, known: SalesPanel, training: SalesTraining) -> CountsModel:
        """Fit the trees; see `models.common.recipe.Recipe.fit`.

        Raises:
            NothingToLearnError: if fewer than `FEWEST_ROWS` steps can be learned from.
        """
        from sklearn.ensemble import HistGradientBoostingRegressor

        reading, generator = Reading.of(known), np.random.default_rng(training.seed)
        counts = known.take(np.flatnonzero(small_counts(known)))
        windows = sample_windows(counts, reading.yearly, reading.scales, generator)
        window, step = generator.permutation(np.argwhere(windows.target[:, :, 2] > 0))[:MOST_ROWS].T
        if len(window) < FEWEST_ROWS:
            raise NothingToLearnError
        rows, level = _rows(reading, windows.inputs, window, step), windows.inputs.level[window]
        ratio = np.maximum(windows.target[window, step, 1], 0.0)
        with one_thread():  # weights by the level make the likelihood of ratios that of counts
            trees = HistGradientBoostingRegressor(**TREES, random_state=training.seed).fit(rows, ratio, level)
            mean = np.maximum(trees.predict(rows) * level, TINY)
        return CountsModel(reading, trees, Variance.of(mean, ratio * level))

    def load(self, folder: Path, description: Description) -> CountsModel:
        """See `models.common.recipe.Recipe.load`."""
        given = description["variance"]
        variance = Variance(max(float(given["share"]), 1.0), max(float(given["growth"]), 0.0))
        trees = read_trees(folder / TREES_FILE, _is_regressor, "regressor")
        return CountsModel(Reading.from_description(description), trees, variance)


def small_counts(panel: SalesPanel) -> Flags:
    """Series of whole numbers that are `SMALL` at most in the mean, (S,)."""
    return np.asarray(panel.counts & (level_of(panel.values) <= SMALL))


def _rows(reading: Reading, inputs: Inputs, window: Integers, step: Integers) -> Floats:
    """The rows of `models.sales.recipes.boosting.rows`, and the level: how far chance goes depends on the count."""
    level = np.log(np.maximum(inputs.level, TINY))[window, None]
    return np.concatenate([rows_of(reading, inputs, window, step), level], axis=1)


def _is_regressor(given: Any) -> bool:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return isinstance(given, HistGradientBoostingRegressor)


POISSON_BOOSTING = PoissonBoostingRecipe()
"""The recipe."""
