"""Gradient boosted trees on the customer's summary: a multiclass model of the bins, learned from past landmarks.

Fitted by scikit-learn's HistGradientBoostingClassifier. The trees are kept as plain arrays, since a pickled estimator
would run whatever it holds when it is read.
"""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.next_visit.artifact import attempt, malformed, write_description
from models.next_visit.features import features, summary_names
from models.next_visit.intervals import Rows, known_rows, waits
from models.next_visit.landmarks import came_true, landmark_days, landmark_rows
from models.next_visit.life_table import LifeTable, life_table_from
from models.next_visit.pareto_nbd import ParetoNbd, Purchases, parameters_from
from models.next_visit.settings import NextVisitSettings
from models.next_visit.visits import VisitHistory
from models.selection import Progress, no_progress
from nightcast.values import Bins

RECIPE = "gradient_boosting"
TREES_FILE = "trees.npz"
MOST_ROWS = 120_000
SPACING = 14
CHUNK = 16_384
LEAST = 1e-6
MOST_LEAVES = 7
MOST_LOOK_BACK = 256
TREES: dict[str, Any] = {
    "learning_rate": 0.05,
    "max_iter": 100,
    "max_leaf_nodes": MOST_LEAVES,
    "min_samples_leaf": 200,
    "l2_regularization": 1.0,
    "early_stopping": False,
}


@dataclass(frozen=True, eq=False)
class Trees:
    """All trees, one node after the other.

    Attributes:
        start: int64 (t), where each tree's nodes begin; its root is the first.
        output: int64 (t), the bin whose score each tree adds to.
        feature: int64 (m), the column that a node asks about; -1 in a leaf.
        threshold: float64 (m), up to which its left child is next.
        left, right: int64 (m), the children, counted from the tree's start.
        value: float64 (m), what a leaf adds.
        first: float64 (K), what every score begins with; the log of a small share for bins that never came.
        depth: the longest way from a root to a leaf.
    """

    start: NDArray[np.int64]
    output: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: NDArray[np.float64]
    first: NDArray[np.float64]
    depth: int

    def probabilities(self, summary: NDArray[np.float32]) -> NDArray[np.float64]:
        """Probability of each bin: (r, K) from (r, features)."""
        scores = np.tile(self.first, (len(summary), 1))
        everyone = np.arange(len(summary))
        for start, output in zip(self.start, self.output, strict=True):
            place = np.full(len(summary), start)
            for _ in range(self.depth):
                feature = self.feature[place]
                goes_left = summary[everyone, feature] <= self.threshold[place]
                onward = start + np.where(goes_left, self.left[place], self.right[place])
                place = np.where(feature >= 0, onward, place)
            scores[:, output] += self.value[place]
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares = np.maximum(odds / odds.sum(axis=1, keepdims=True), LEAST)
        result: NDArray[np.float64] = shares / shares.sum(axis=1, keepdims=True)
        return result

    @classmethod
    def of(cls, classifier: Any, bins: int) -> Trees:
        """The trees of a fitted HistGradientBoostingClassifier."""
        classes = [int(bin_) for bin_ in classifier.classes_]
        if len(classes) == 1:
            return cls.constant(classes[0], bins)
        steps = classifier._predictors
        first = np.full(bins, np.log(LEAST))
        baseline = np.ravel(classifier._baseline_prediction)
        first[classes] = baseline if len(classes) > 2 else [0.0, float(baseline[0])]
        outputs = classes if len(classes) > 2 else classes[1:]
        trees = [tree.nodes for step in steps for tree in step]
        nodes = np.concatenate(trees)
        leaf = nodes["is_leaf"].astype(bool)
        sizes = np.array([len(tree) for tree in trees])
        return cls(
            start=np.cumsum(sizes) - sizes,
            output=np.tile(np.array(outputs, dtype=np.int64), len(steps)),
            feature=np.where(leaf, -1, nodes["feature_idx"]).astype(np.int64),
            threshold=nodes["num_threshold"].astype(np.float64),
            left=nodes["left"].astype(np.int64),
            right=nodes["right"].astype(np.int64),
            value=nodes["value"].astype(np.float64),
            first=first,
            depth=int(nodes["depth"].max()),
        )

    @classmethod
    def constant(cls, output: int, bins: int) -> Trees:
        """No trees: all but one bin never came."""
        first = np.full(bins, np.log(LEAST))
        first[output] = 0.0
        none, numbers = np.zeros(0, dtype=np.int64), np.zeros(0)
        return cls(none, none, none, numbers, none, none, numbers, first, 0)


@dataclass(frozen=True, eq=False)
class GradientBoostingModel:
    """The trees with what they need to read a history."""

    bins: Bins
    look_back: int
    table: LifeTable
    pareto_nbd: ParetoNbd
    trees: Trees
    recipe: str = RECIPE

    def probabilities(self, history: VisitHistory, as_of: int) -> NDArray[np.float64]:
        """Probability of each bin for every customer (n, K); see `models.next_visit.model.NextVisitModel`."""
        rows = known_rows(history, as_of)
        result = np.full((history.customers, self.bins.count), 1.0 / self.bins.count)
        for begin in range(0, rows.customer.size, CHUNK):
            part = rows.part(begin, begin + CHUNK)
            summary = _summary(history, part, self.bins, self.look_back, self.table, self.pareto_nbd)
            result[part.customer] = self.trees.probabilities(summary)
        return result

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, which is made where it is missing."""
        numbers = {
            "look_back": self.look_back,
            "hazards": self.table.hazards.tolist(),
            "pareto_nbd": asdict(self.pareto_nbd),
        }
        write_description(folder, RECIPE, self.bins, numbers)
        np.savez_compressed(folder / TREES_FILE, **vars(self.trees))


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
    if not rows.customer.size:
        trees = Trees.constant(0, bins.count)
        trees.first[:] = 0.0
        return GradientBoostingModel(bins, settings.look_back, table, pareto_nbd, trees)
    summary = _summary(known, rows, bins, settings.look_back, table, pareto_nbd)
    with threadpool_limits(limits=1, user_api="openmp"):  # on a busy machine its threads wait for each other for long
        classifier = HistGradientBoostingClassifier(**TREES, random_state=seed)
        classifier.fit(summary, came_true(known, rows, bins))
    progress(1.0)
    return GradientBoostingModel(bins, settings.look_back, table, pareto_nbd, Trees.of(classifier, bins.count))


def load(folder: Path, description: dict[str, Any], bins: Bins) -> GradientBoostingModel:
    """The model that `GradientBoostingModel.save` wrote.

    Raises:
        InputError: if a part is missing, malformed, or does not fit the others.
    """
    look_back = attempt(lambda: int(description["look_back"]), "the look-back")
    if not 1 <= look_back <= MOST_LOOK_BACK:
        raise malformed(f"a look-back of {look_back} intervals")
    trees = attempt(lambda: _read_trees(folder / TREES_FILE), TREES_FILE)
    if not attempt(lambda: _are_trees(trees, len(summary_names(bins)), bins.count), TREES_FILE):
        raise malformed(f"{TREES_FILE} holds no trees for these bins")
    table, pareto_nbd = life_table_from(description.get("hazards")), parameters_from(description.get("pareto_nbd"))
    return GradientBoostingModel(bins, look_back, table, pareto_nbd, trees)


def _read_trees(path: Path) -> Trees:
    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    return Trees(**{**arrays, "depth": int(arrays["depth"])})


def _are_trees(trees: Trees, columns: int, bins: int) -> bool:
    whole = (trees.start, trees.output, trees.feature, trees.left, trees.right)
    numbers = (trees.threshold, trees.value, trees.first)
    if {part.dtype for part in whole} - {np.dtype(np.int64)} or {part.dtype for part in numbers} - {np.dtype(float)}:
        return False
    nodes = {part.shape for part in (trees.feature, trees.threshold, trees.left, trees.right, trees.value)}
    alike = nodes == {(trees.feature.size,)} and trees.start.shape == trees.output.shape == (trees.start.size,)
    if not alike or trees.first.shape != (bins,) or np.isnan(trees.threshold).any():
        return False
    known = (trees.feature < columns).all() and ((trees.output >= 0) & (trees.output < bins)).all()
    finite = np.isfinite(trees.value).all() and np.isfinite(trees.first).all()
    return bool(known and finite and 0 <= trees.depth <= MOST_LEAVES and _lead_on(trees))


def _lead_on(trees: Trees) -> bool:
    """Whether every tree has nodes of its own, and every child comes after its parent inside its tree."""
    ends = np.append(trees.start[1:], trees.feature.size)
    if trees.start.size and (trees.start[0] != 0 or (ends <= trees.start).any()):
        return False
    sizes = ends - trees.start
    place = np.arange(trees.feature.size) - np.repeat(trees.start, sizes)
    asks, end = trees.feature >= 0, np.repeat(sizes, sizes)
    if place.size != end.size:
        return False
    return all(bool(((child > place) & (child < end))[asks].all()) for child in (trees.left, trees.right))


def _summary(
    history: VisitHistory, rows: Rows, bins: Bins, look_back: int, table: LifeTable, model: ParetoNbd
) -> NDArray[np.float32]:
    parts = [
        features(history, rows.part(begin, begin + CHUNK), bins, look_back, table, model).summary
        for begin in range(0, rows.customer.size, CHUNK)
    ]
    return np.concatenate(parts)
