"""The network over intervals, small, with very few steps."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.common.recipe import Training
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.features.background import life_table_of
from models.next_visit.recipes.classic.interval_classifier import IntervalClassifierModel
from models.next_visit.recipes.classic.model import ClassicModel
from models.next_visit.recipes.classic.recipe import ClassicRecipe
from models.next_visit.recipes.classic.settings import ClassicSettings
from models.next_visit.recipes.registry import load_model
from models.next_visit.settings import NextVisitSettings
from nightcast.errors import InputError
from tests.models.next_visit.reference import AS_OF, START, Days, base_of

SETTINGS = ClassicSettings(look_back=3, units=(4, 3), dense_units=(4,), epochs=2)


def shop() -> list[Days]:
    """Regulars at intervals of 5 to 16 days, some who left, some who came once, one never."""
    regulars = [list(range(START + code, START + 240, 5 + code)) for code in range(12)]
    left = [[START + code, START + code + 9, START + code + 60] for code in range(6)]
    return [*regulars, *left, *([START + 20 * code] for code in range(6)), []]


def fitted(known: CustomerBase, classic: ClassicSettings = SETTINGS, seed: int = 7) -> ClassicModel:
    settings = NextVisitSettings(bin_edges_days=(7, 14), classic=classic)
    return ClassicRecipe(IntervalClassifierModel).fit(known, Training(settings, seed))


KNOWN = base_of(shop(), amount=3.0)


@pytest.fixture(scope="module")
def model() -> ClassicModel:
    return fitted(KNOWN)


def test_same_seed_same_rows(model: ClassicModel) -> None:
    rows = fitted(base_of(shop(), amount=3.0)).probabilities(KNOWN)
    np.testing.assert_array_equal(rows, model.probabilities(KNOWN))
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-9)
    assert (rows > 0).all()


def test_a_fifth_of_the_windows_is_held_out_for_the_metrics(model: ClassicModel) -> None:
    past = [[day for day in days if day < AS_OF] for days in shop()]
    windows = sum(max(len(days) - 1, 0) for days in past)
    assert model.metrics["test_windows"] == windows // 5
    assert model.metrics["train_windows"] == windows - windows // 5
    assert 0 <= model.metrics["test_accuracy"] <= 1
    assert 0 < model.metrics["test_log_loss"] < math.log(1e9)


def test_training_learns_which_intervals_follow_which() -> None:
    """Every second customer comes every 10 days, the others every 50: three intervals tell which."""
    customers = [list(range(START, START + 400, 10 if code % 2 else 50)) for code in range(40)]
    settings = ClassicSettings(units=(8,), dense_units=(), dropout=0.0, epochs=40, learning_rate=0.01)
    model = fitted(base_of(customers, START + 400), settings, seed=3)
    assert model.metrics["test_accuracy"] > 0.95
    unseen = [[START + 10 * visit for visit in range(5)], [START + 50 * visit for visit in range(5)]]
    often = model.probabilities(base_of(unseen, START + 41))[0]
    seldom = model.probabilities(base_of(unseen, START + 201))[1]
    assert often[:2].sum() > 0.9
    assert seldom[-1] > 0.9


def test_where_nobody_waited_so_long_the_life_table_alone_answers(model: ClassicModel) -> None:
    later = CustomerBase(KNOWN.history, AS_OF + 3650)
    rows, history = later.rows, later.history
    table = life_table_of(KNOWN).probabilities(rows.elapsed(history), rows.visit_days(history), model.bins)
    np.testing.assert_allclose(model.probabilities(later)[rows.customer], table, atol=1e-12)


@pytest.mark.parametrize(
    "customers",
    [[[]], [[START]], [[START], [START + 3]], [list(range(START, START + 200))] * 3],
    ids=["none", "one visit", "two customers", "daily"],
)
def test_any_history_gives_valid_rows(customers: list[Days]) -> None:
    known = base_of(customers)
    model = fitted(known, seed=1)
    daily, once = list(range(START - 3000, AS_OF)), [AS_OF - 1]
    for strangers in (known, base_of([daily, once, [START - 3650]])):
        rows = model.probabilities(strangers)
        assert (rows >= 0).all()
        np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-9)


def test_saved_and_loaded_it_forecasts_the_same(model: ClassicModel, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    loaded = load_model(tmp_path / "model")
    assert isinstance(loaded, IntervalClassifierModel)
    assert loaded.metrics == model.metrics
    np.testing.assert_array_equal(loaded.probabilities(KNOWN), model.probabilities(KNOWN))


def without_network(folder: Path) -> None:
    (folder / "network.keras").unlink()


def changed(**values: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        description = json.loads((folder / "model.json").read_text())
        (folder / "model.json").write_text(json.dumps({**description, **values}))

    return change


DAMAGES = [
    without_network,
    changed(look_back=4),
    changed(look_back=0),
    changed(look_back=None),
    changed(amounts=[0.0]),
    changed(amounts=[0.0, 0.0]),
    changed(metrics=None),
    changed(intervals=None),
    changed(intervals={"edges": [40, 30], "days": [1], "counts": [1]}),
    changed(intervals={"edges": [40], "days": [1], "counts": [1]}),
    changed(intervals={"edges": [40, 60, 80, 100], "days": [-1], "counts": [1]}),
    changed(intervals={"edges": [40, 60, 80, 100], "days": [1, 2], "counts": [1]}),
    changed(hazards=None),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_folder_is_an_input_error(
    model: ClassicModel, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    model.save(tmp_path)
    damage(tmp_path)
    with pytest.raises(InputError):
        load_model(tmp_path)
