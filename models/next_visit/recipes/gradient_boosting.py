"""Gradient boosted trees on the customer's summary: a multiclass model of the bins, learned from past landmarks.

The trees learn at the mean level of their landmarks. At the as-of, the log odds of every bin's hazard are raised by the
difference to the level expected then.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from models.common.description import attempt, damaged
from models.common.recipe import Description
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.landmarks import landmark_days, landmark_rows, observed_bin
from models.next_visit.features.background import Background
from models.next_visit.features.customers import Features, features_in_chunks, summary_names
from models.next_visit.features.hazards import raised
from models.next_visit.recipes.feature_model import FeatureModel, balance_of, balanced
from models.next_visit.recipes.model import NextVisitTraining, bins_of, describe_model
from models.next_visit.recipes.trees import Trees

NAME = "gradient_boosting"
TREES_FILE = "trees.skops"
MOST_ROWS = 120_000
"""Training rows, sampled evenly where there are more."""

SPACING = 14
"""Days between two landmarks; trees gain nothing from rows that differ by a week only."""

MOST_LOOK_BACK = 256
TREES: dict[str, Any] = {
    "learning_rate": 0.05,
    "max_iter": 100,
    "max_leaf_nodes": 7,
    "min_samples_leaf": 200,
    "l2_regularization": 1.0,
    "early_stopping": False,
}


@dataclass(frozen=True, eq=False)
class GradientBoostingModel(FeatureModel):
    """The trees with everything that they need to forecast; `learned_level` (K - 1) is the mean level of their rows."""

    recipe: ClassVar[str] = NAME
    learned_level: NDArray[np.float64]
    trees: Trees

    def estimate(self, features: Features, level: NDArray[np.float64]) -> NDArray[np.float64]:
        """See `models.next_visit.recipes.feature_model.FeatureModel.estimate`."""
        return raised(self.trees.probabilities(features.summary), level - self.learned_level)

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, which is created where it is missing."""
        levels = {"learned_level": self.learned_level.tolist(), "balance": self.balance.tolist()}
        numbers = {"look_back": self.look_back, **levels}
        describe_model(folder, NAME, self.bins, {**numbers, **self.background.describe()})
        self.trees.write(folder / TREES_FILE)


class GradientBoostingRecipe:
    """Fits the trees; without a landmark seen whole, every bin is as likely as any other."""

    name = NAME

    def fit(self, known: CustomerBase, training: NextVisitTraining) -> GradientBoostingModel:
        """See `models.common.recipe.Recipe.fit`."""
        history, bins, look_back = known.history, training.settings.bins, training.settings.look_back
        days = landmark_days(history.first, known.as_of, bins.horizon, SPACING)
        rows = landmark_rows(history, days, MOST_ROWS, training.seed)
        background, none = Background.of(known, bins), np.zeros(bins.count - 1)
        if not rows.size:
            trees = Trees(None, bins.count)
            return GradientBoostingModel(bins, look_back, background, none, none, trees)
        summary = features_in_chunks(history, rows, bins, look_back, background).summary
        trees = Trees.fit(summary, observed_bin(history, rows, bins), bins.count, training.seed, TREES)
        learned = background.level.seen(rows.day).mean(axis=0)
        return balanced(GradientBoostingModel(bins, look_back, background, none, learned, trees), known)

    def load(self, folder: Path, description: Description) -> GradientBoostingModel:
        """See `models.common.recipe.Recipe.load`."""
        bins = bins_of(description)
        look_back = attempt(lambda: int(description["look_back"]), "the look-back")
        if not 1 <= look_back <= MOST_LOOK_BACK:
            raise damaged(f"a look-back of {look_back} intervals")
        trees = Trees.read(folder / TREES_FILE, len(summary_names(bins)), bins.count)
        learned, balance = (balance_of(description, bins, name) for name in ("learned_level", "balance"))
        return GradientBoostingModel(bins, look_back, Background.described(description, bins), balance, learned, trees)
