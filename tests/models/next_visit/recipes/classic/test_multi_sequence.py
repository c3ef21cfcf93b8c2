"""Several sequences for each customer: what each holds, and the network, small, with very few steps."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.common.keras_runtime import start
from models.common.recipe import Training
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.visits import VisitHistory
from models.next_visit.recipes.classic.channels import amount_moments
from models.next_visit.recipes.classic.interval_classifier import IntervalClassifierModel
from models.next_visit.recipes.classic.model import ClassicModel
from models.next_visit.recipes.classic.multi_sequence import MultiSequenceModel
from models.next_visit.recipes.classic.recipe import ClassicRecipe
from models.next_visit.recipes.classic.settings import ClassicSettings
from models.next_visit.recipes.classic.windows import first_visits, windows_at
from models.next_visit.recipes.registry import load_model
from models.next_visit.settings import NextVisitSettings
from nightcast.errors import InputError
from tests.models.next_visit.reference import START

SETTINGS = ClassicSettings(look_back=3, units=(4,), dense_units=(4,), epochs=2)
AS_OF = START + 400


def small_or_large(customers: int = 40) -> VisitHistory:
    """Everybody comes after 10 days when the last visit was small, after 50 when it was large; at random."""
    random = np.random.default_rng(5)
    large = random.random((customers, 12)) < 0.5
    day = START + np.cumsum(np.where(large, 50, 10), axis=1) - np.where(large, 50, 10)
    customer = np.repeat(np.arange(customers), 12)
    return VisitHistory.from_rows(customer, day.ravel(), np.where(large, 900.0, 3.0).ravel(), customers)


def fitted(known: CustomerBase, classic: ClassicSettings = SETTINGS) -> ClassicModel:
    settings = NextVisitSettings(bin_edges_days=(7, 14), classic=classic)
    return ClassicRecipe(MultiSequenceModel).fit(known, Training(settings, 7))


KNOWN = CustomerBase.at(small_or_large(), AS_OF)


@pytest.fixture(scope="module")
def model() -> ClassicModel:
    return fitted(KNOWN)


def test_each_sequence_holds_its_own_and_is_zero_in_the_padding() -> None:
    day = np.array([0, 4], dtype=np.int32)  # a Thursday and a Monday
    amount = np.array([math.e**2 - 1, math.nan])
    windows = windows_at(first_visits(np.zeros(2, dtype=np.int64))[1:], np.array([1]), day, amount, 3)
    intervals, amounts, weekdays = (part[0] for part in MultiSequenceModel.inputs(windows, (1.0, 0.5)))
    np.testing.assert_allclose(intervals, np.array([[0, 0], [0, 0], [1, math.log(5) / 4]]), rtol=1e-6)
    np.testing.assert_allclose(amounts, np.array([[0.0, 0.0], [1.0, 2.0], [0.0, 0.0]]), rtol=1e-6)
    assert weekdays.argmax(axis=1).tolist() == [0, 3, 0]
    assert weekdays.sum(axis=1).tolist() == [0, 1, 1]


def test_amounts_of_any_kind_have_a_finite_scale() -> None:
    for values in ([], [math.nan], [5.0, 5.0], [-1e300, 1e300], [-3.0, 0.0, math.inf]):
        mean, spread = amount_moments(np.array(values))
        assert math.isfinite(mean)
        assert 0 < spread < math.inf


def test_amounts_tell_what_intervals_cannot() -> None:
    """No interval says anything of the next: whoever reads them alone is right half of the time."""
    settings = ClassicSettings(units=(8,), dense_units=(8,), dropout=0.0, epochs=40, learning_rate=0.01)
    model = fitted(CustomerBase.at(small_or_large(), START + 900), settings)
    assert model.metrics["test_accuracy"] > 0.95


def test_same_seed_same_rows(model: ClassicModel) -> None:
    rows = fitted(CustomerBase.at(small_or_large(), AS_OF)).probabilities(KNOWN)
    np.testing.assert_array_equal(rows, model.probabilities(KNOWN))
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-9)
    assert (rows > 0).all()


def test_no_amounts_and_a_single_visit_give_valid_rows(model: ClassicModel) -> None:
    none = VisitHistory.from_rows([0, 1, 1], [START, START, START + 5], [math.nan] * 3, 3)
    rows = model.probabilities(CustomerBase.at(none, AS_OF))
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-9)
    assert (rows > 0).all()


def test_saved_and_loaded_it_forecasts_the_same(model: ClassicModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    loaded = load_model(tmp_path)
    assert loaded.recipe == "multi_sequence"
    np.testing.assert_array_equal(loaded.probabilities(KNOWN), model.probabilities(KNOWN))


def test_the_network_of_the_other_recipe_is_refused(model: ClassicModel, tmp_path: Path) -> None:
    other = IntervalClassifierModel.build(start(0), SETTINGS, model.intervals.classes)
    replace(model, network=other).save(tmp_path)
    with pytest.raises(InputError):
        load_model(tmp_path)
