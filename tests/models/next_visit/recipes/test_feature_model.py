"""The balance of models that learn from landmarks."""

from __future__ import annotations

import numpy as np
import pytest

from models.common.recipe import Training
from models.next_visit.recipes.feature_model import LARGEST_BALANCE
from models.next_visit.recipes.gradient_boosting import GradientBoostingModel, GradientBoostingRecipe
from models.next_visit.recipes.model import NextVisitTraining
from models.next_visit.recipes.pareto_nbd import ParetoNbdRecipe
from tests.models.next_visit.reference import SMALL, base_of, small_shop

KNOWN = base_of(small_shop(), amount=3.0)
TRAINING: NextVisitTraining = Training(SMALL, 1)


def fitted() -> GradientBoostingModel:
    model = GradientBoostingRecipe().fit(KNOWN, TRAINING)
    assert isinstance(model, GradientBoostingModel)
    return model


def test_as_many_visits_are_expected_as_pareto_nbd_expects_at_its_level(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.next_visit.recipes.feature_model.LARGEST_BALANCE", 20.0)
    known = KNOWN.rows.customer
    trees, pareto_nbd = (
        model.probabilities(KNOWN)[known].sum(axis=0) for model in (fitted(), ParetoNbdRecipe().fit(KNOWN, TRAINING))
    )
    np.testing.assert_allclose(trees, pareto_nbd, rtol=0.01)


def test_the_balance_is_bounded_and_the_same_for_a_part_of_the_customers() -> None:
    model = fitted()
    assert 0 < np.abs(model.balance).max() <= LARGEST_BALANCE
    part = model.probabilities(KNOWN.slice(3, 9))
    np.testing.assert_allclose(part, model.probabilities(KNOWN)[3:9], atol=1e-9)
