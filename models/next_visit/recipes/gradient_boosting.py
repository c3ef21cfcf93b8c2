"""Gradient boosted trees on the customer's summary: a multiclass model of the bins, learned from past landmarks.

Fitted by scikit-learn's HistGradientBoostingClassifier. What they learn holds at the mean level of their landmarks; at
the as-of the log odds of every bin's hazard are raised by what the level is expected to be beyond that.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.selection import Progress, no_progress
from models.next_visit.data.intervals import Rows, known_rows, waits
from models.next_visit.data.landmarks import came_true, landmark_days, landmark_rows
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.customers import features, summary_names
from models.next_visit.features.level import Level, log_odds
from models.next_visit.recipes.artifact import attempt, malformed, write_description
from models.next_visit.recipes.life_table import LifeTable, life_table_from
from models.next_visit.recipes.pareto_nbd import ParetoNbd, Purchases, from_hazards, parameters_from
from models.next_visit.recipes.trees import Trees, are_trees, read_trees, write_trees
from models.next_visit.settings import NextVisitSettings
from nightcast.values import Bins

RECIPE = "gradient_boosting"
TREES_FILE = "trees.npz"
MOST_ROWS = 120_000
SPACING = 14
CHUNK = 16_384
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
class GradientBoostingModel:
    """The trees with what they need to read a history; `learned_level` (K - 1) is the mean level of their rows."""

    bins: Bins
    look_back: int
    table: LifeTable
    pareto_nbd: ParetoNbd
    level: Level
    learned_level: NDArray[np.float64]
    trees: Trees
    recipe: str = RECIPE

    def probabilities(self, history: VisitHistory, as_of: int) -> NDArray[np.float64]:
        """Probability of each bin for every customer (n, K); see `models.next_visit.recipes.model.NextVisitModel`."""
        rows = known_rows(history, as_of)
        result = np.full((history.customers, self.bins.count), 1.0 / self.bins.count)
        for begin in range(0, rows.customer.size, CHUNK):
            part = rows.part(begin, begin + CHUNK)
            summary = _summary(history, part, self.bins, self.look_back, self.table, self.pareto_nbd)
            beyond = self.level.expected(part.day) - self.learned_level
            result[part.customer] = raised(self.trees.probabilities(summary), beyond)
        return result

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, which is made where it is missing."""
        numbers = {
            "look_back": self.look_back,
            "hazards": self.table.hazards.tolist(),
            "pareto_nbd": asdict(self.pareto_nbd),
            "level": self.level.describe(),
            "learned_level": self.learned_level.tolist(),
        }
        write_description(folder, RECIPE, self.bins, numbers)
        write_trees(folder / TREES_FILE, self.trees)


def raised(probabilities: NDArray[np.float64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same (r, K) with the log odds of every bin's hazard raised by `level` (r, K - 1)."""
    reached = np.cumsum(probabilities[:, ::-1], axis=1)[:, ::-1]
    odds = log_odds(probabilities[:, :-1] / reached[:, :-1]) + level
    return from_hazards(1.0 / (1.0 + np.exp(-odds)))


def fit_gradient_boosting(
    history: VisitHistory, as_of: int, settings: NextVisitSettings, seed: int, progress: Progress = no_progress
) -> GradientBoostingModel:
    """Fit the trees on what was known at `as_of`; without a landmark seen whole, every bin is as likely as any."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    known, bins = history.before(as_of), settings.bins
    days = landmark_days(known.first, as_of, bins.horizon, SPACING)
    rows = landmark_rows(known, days, min(MOST_ROWS, settings.landmark_rows), seed)
    table = LifeTable.fit(waits(known, as_of))
    pareto_nbd = ParetoNbd.fit(Purchases.at(known, known_rows(known, as_of)))
    level = Level.fit(known, as_of, bins, pareto_nbd)
    if not rows.customer.size:
        trees = Trees.constant(0, bins.count)
        trees.first[:] = 0.0
        return GradientBoostingModel(
            bins, settings.look_back, table, pareto_nbd, level, np.zeros(bins.count - 1), trees
        )
    summary = _summary(known, rows, bins, settings.look_back, table, pareto_nbd)
    with threadpool_limits(limits=1, user_api="openmp"):  # on a busy machine its threads wait for each other for long
        classifier = HistGradientBoostingClassifier(**TREES, random_state=seed)
        classifier.fit(summary, came_true(known, rows, bins))
    progress(1.0)
    learned, trees = level.seen(rows.day).mean(axis=0), Trees.of(classifier, bins.count)
    return GradientBoostingModel(bins, settings.look_back, table, pareto_nbd, level, learned, trees)


def load(folder: Path, description: dict[str, Any], bins: Bins) -> GradientBoostingModel:
    """The model that `GradientBoostingModel.save` wrote.

    Raises:
        InputError: if a part is missing, malformed, or does not fit the others.
    """
    look_back = attempt(lambda: int(description["look_back"]), "the look-back")
    if not 1 <= look_back <= MOST_LOOK_BACK:
        raise malformed(f"a look-back of {look_back} intervals")
    trees = attempt(lambda: read_trees(folder / TREES_FILE), TREES_FILE)
    if not attempt(lambda: are_trees(trees, len(summary_names(bins)), bins.count), TREES_FILE):
        raise malformed(f"{TREES_FILE} holds no trees for these bins")
    table, pareto_nbd = life_table_from(description.get("hazards")), parameters_from(description.get("pareto_nbd"))
    level, learned = Level.described(description.get("level"), bins), _learned_level(description, bins)
    return GradientBoostingModel(bins, look_back, table, pareto_nbd, level, learned, trees)


def _learned_level(description: dict[str, Any], bins: Bins) -> NDArray[np.float64]:
    found = attempt(lambda: np.array(description["learned_level"], dtype=np.float64), "the learned level")
    if found.shape != (bins.count - 1,) or not np.isfinite(found).all():
        raise malformed("its learned level is not one finite number for each bin")
    return found


def _summary(
    history: VisitHistory, rows: Rows, bins: Bins, look_back: int, table: LifeTable, model: ParetoNbd
) -> NDArray[np.float32]:
    parts = [
        features(history, rows.part(begin, begin + CHUNK), bins, look_back, table, model).summary
        for begin in range(0, rows.customer.size, CHUNK)
    ]
    return np.concatenate(parts)
