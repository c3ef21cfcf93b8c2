"""The trees as arrays say what scikit-learn's say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from models.next_visit.recipes.gradient_boosting import TREES, TREES_FILE, GradientBoostingModel
from models.next_visit.recipes.registry import load_model
from models.next_visit.recipes.trees import LEAST, Trees
from nightcast.errors import InputError


@pytest.mark.parametrize("labels", [[0, 1, 2, 3], [0, 2, 3], [1, 3]], ids=str)
def test_the_arrays_say_what_the_estimator_says(labels: list[int]) -> None:
    random = np.random.default_rng(len(labels))
    columns = random.normal(size=(3_000, 5)).astype(np.float32)
    label = np.array(labels)[(columns[:, 0] * 2 + random.normal(size=3_000) > 0) * (len(labels) - 1)]
    label[: len(labels)] = labels
    estimator = HistGradientBoostingClassifier(**TREES, random_state=1).fit(columns, label)
    found = Trees.of(estimator, 4).probabilities(columns[:500])
    expected = np.full((500, 4), LEAST)
    expected[:, labels] = np.maximum(estimator.predict_proba(columns[:500]), LEAST)
    np.testing.assert_allclose(found, expected / expected.sum(axis=1, keepdims=True), atol=1e-5)


def test_a_single_bin_that_came_is_nearly_certain() -> None:
    estimator = HistGradientBoostingClassifier(**TREES).fit(np.zeros((30, 2)), np.full(30, 2))
    rows = Trees.of(estimator, 4).probabilities(np.zeros((5, 2), dtype=np.float32))
    assert (rows[:, 2] > 0.999).all()
    assert (rows > 0).all()


def without_trees(path: Path) -> None:
    path.unlink()


def with_cut_trees(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def with_other(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        with np.load(path) as archive:
            arrays = dict(archive)
        np.savez_compressed(path, **{**arrays, name: change(arrays[name])})

    return damage


DAMAGES = [
    without_trees,
    with_cut_trees,
    with_other("feature", lambda column: column + 99),
    with_other("left", lambda column: column + 10_000),
    with_other("output", lambda column: column + 9),
    with_other("value", lambda column: column[:-1]),
    with_other("first", lambda column: column * np.nan),
    with_other("left", lambda column: column - 10_000),
    with_other("right", np.zeros_like),
    with_other("left", lambda column: column.astype(float)),
    with_other("start", lambda column: column[::-1]),
    with_other("start", lambda column: column[:, None]),
    with_other("threshold", lambda column: column * np.nan),
    with_other("value", lambda column: column.astype(str)),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_trees_are_refused(
    trees: GradientBoostingModel, damage: Callable[[Path], None], tmp_path: Path
) -> None:
    trees.save(tmp_path)
    damage(tmp_path / TREES_FILE)
    with pytest.raises(InputError):
        load_model(tmp_path)
