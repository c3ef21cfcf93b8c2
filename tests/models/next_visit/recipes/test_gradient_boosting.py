"""Gradient boosted trees of the bins: their probabilities, and artifacts that are refused."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from skops.io import dump, load

from models.common.trees import TRUSTED
from models.next_visit.recipes.gradient_boosting import TREES, TREES_FILE, GradientBoostingModel
from models.next_visit.recipes.registry import load_model
from models.next_visit.recipes.trees import SMALLEST, Trees
from nightcast.errors import InputError


def fitted(labels: list[int], bins: int = 4) -> tuple[Trees, np.ndarray]:
    random = np.random.default_rng(len(labels))
    columns = random.normal(size=(1_000, 5)).astype(np.float32)
    label = np.array(labels)[(columns[:, 0] * 2 + random.normal(size=1_000) > 0) * (len(labels) - 1)]
    label[: len(labels)] = labels
    return Trees.fit(columns, label, bins, 1, {**TREES, "max_iter": 20}), columns[:200]


@pytest.mark.parametrize("labels", [[0, 1, 2, 3], [0, 2, 3], [1, 3], [2]], ids=str)
def test_bins_that_were_never_observed_have_the_smallest_probability(labels: list[int]) -> None:
    trees, columns = fitted(labels)
    rows = trees.probabilities(columns)
    np.testing.assert_allclose(rows.sum(axis=1), 1.0)
    never = [bin_ for bin_ in range(4) if bin_ not in labels]
    np.testing.assert_allclose(rows[:, never], SMALLEST, rtol=1e-4)
    np.testing.assert_allclose(rows[:, labels], trees.classifier.predict_proba(columns)[:, : len(labels)], atol=1e-5)


def test_without_training_rows_every_bin_is_as_likely_as_any(tmp_path: Path) -> None:
    Trees(None, 4).write(tmp_path / TREES_FILE)
    rows = Trees.read(tmp_path / TREES_FILE, 5, 4).probabilities(np.zeros((3, 5), dtype=np.float32))
    np.testing.assert_allclose(rows, 0.25)


@pytest.mark.parametrize("labels", [[0, 1, 2, 3], [1, 3], [2]], ids=str)
def test_trees_read_back_give_the_same_probabilities(labels: list[int], tmp_path: Path) -> None:
    trees, columns = fitted(labels)
    trees.write(tmp_path / TREES_FILE)
    again = Trees.read(tmp_path / TREES_FILE, 5, 4)
    np.testing.assert_array_equal(again.probabilities(columns), trees.probabilities(columns))


class Opens:
    """What runs code when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return open, (str(self.path), "w")


def without_trees(path: Path) -> None:
    path.unlink()


def with_cut_trees(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1_000])


def with_a_changed_byte(path: Path) -> None:
    """One inside the largest part of the file; elsewhere it may be a date that nobody reads."""
    with zipfile.ZipFile(path) as archive:
        part = max(archive.infolist(), key=lambda member: member.compress_size)
    content = bytearray(path.read_bytes())
    content[part.header_offset + 30 + len(part.filename) + part.compress_size // 2] ^= 0xFF
    path.write_bytes(content)


def with_a_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps(Opens(path.with_name("harm"))))


def with_a_pickle_inside(path: Path) -> None:
    """An archive as skops writes it, all of whose arrays are pickles."""
    harm = pickle.dumps(Opens(path.with_name("harm")))
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, harm if name.endswith(".npy") else content)


def with_an_untrusted_type(path: Path) -> None:
    dump({"harm": Opens(path.with_name("harm"))}, path)


def with_another_function(path: Path) -> None:
    """The file names a function of the operating system in the place of the type of the trees."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = members["schema.json"].decode()
    module = "sklearn.ensemble._hist_gradient_boosting.predictor"
    assert module in schema
    members["schema.json"] = schema.replace(module, "os").replace("TreePredictor", "system").encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def with_another_estimator(path: Path) -> None:
    dump(DummyClassifier().fit(np.zeros((2, 1)), [0, 1]), path)


def with_something_else(path: Path) -> None:
    dump(["trees"], path)


def with_trees_of_other_bins(path: Path) -> None:
    with_trees(path, 99, 0)


def with_trees_of_other_features(path: Path) -> None:
    with_trees(path, 1, 1)


def with_trees(path: Path, label: int, more: int) -> None:
    features = load(path, trusted=TRUSTED).n_features_in_
    rows = np.random.default_rng(1).normal(size=(30, features + more)).astype(np.float32)
    Trees.fit(rows, np.arange(30) % 2 * label, 100, 1, {"max_iter": 1}).write(path)


DAMAGES = [
    without_trees,
    with_cut_trees,
    with_a_changed_byte,
    with_a_pickle,
    with_a_pickle_inside,
    with_an_untrusted_type,
    with_another_function,
    with_another_estimator,
    with_something_else,
    with_trees_of_other_bins,
    with_trees_of_other_features,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_trees_are_refused_and_run_nothing(
    trees: GradientBoostingModel, damage: Callable[[Path], None], tmp_path: Path
) -> None:
    trees.save(tmp_path)
    damage(tmp_path / TREES_FILE)
    with pytest.raises(InputError):
        load_model(tmp_path)
    assert not (tmp_path / "harm").exists()
