"""Examples may take their time: a busy machine is no failure. Networks are fitted once for all tests."""

import pytest
from hypothesis import settings

from models.common.recipe import Training
from models.next_visit.recipes.blend import BlendModel, BlendRecipe
from models.next_visit.recipes.gradient_boosting import GradientBoostingModel
from models.next_visit.recipes.hazard_lstm.model import HazardLstmModel
from tests.models.next_visit.reference import SMALL, base_of, small_shop

settings.register_profile("next_visit", deadline=None)
settings.load_profile("next_visit")


@pytest.fixture(scope="session")
def blend() -> BlendModel:
    """A blend that was fitted on the small shop."""
    return BlendRecipe(0.3).fit(base_of(small_shop(), amount=3.0), Training(SMALL, 7))


@pytest.fixture(scope="session")
def network(blend: BlendModel) -> HazardLstmModel:
    """The network of the blend."""
    return blend.network


@pytest.fixture(scope="session")
def trees(blend: BlendModel) -> GradientBoostingModel:
    """The trees of the blend."""
    return blend.trees
