"""Examples may take their time: a busy machine is no failure. Networks are fitted once for all tests."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from models.common.recipe import Training
from models.next_visit.recipes.blend import BlendModel, BlendRecipe
from models.next_visit.recipes.gradient_boosting import GradientBoostingModel
from models.next_visit.recipes.hazard_lstm.model import HazardLstmModel
from tests.models.next_visit.reference import SMALL, base_of, small_shop

settings.register_profile("next_visit", deadline=None)
settings.load_profile("next_visit")


@pytest.fixture(scope="package", autouse=True)
def one_size_of_batches() -> Iterator[None]:
    """Batches that the smallest shop fills, too: a network is compiled for each size, and so for one alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.next_visit.recipes.hazard_lstm.training.BATCH_ROWS", 16)
        patch.setattr("models.next_visit.recipes.classic.training.BATCH_ROWS", 64)
        yield


@pytest.fixture(scope="package")
def blend() -> BlendModel:
    """A blend that was fitted on the small shop."""
    return BlendRecipe(0.3).fit(base_of(small_shop(), amount=3.0), Training(SMALL, 7))


@pytest.fixture(scope="package")
def network(blend: BlendModel) -> HazardLstmModel:
    """The network of the blend."""
    return blend.network


@pytest.fixture(scope="package")
def trees(blend: BlendModel) -> GradientBoostingModel:
    """The trees of the blend."""
    return blend.trees
