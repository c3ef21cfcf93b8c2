"""What promotions, prices and holidays ahead add to a forecast."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.common.recipe import Training
from models.sales.data.covariate_rows import build_covariates
from models.sales.data.panel import SalesPanel
from models.sales.forecast import forecast
from models.sales.recipes.ensemble import SEGMENTS, EnsembleModel, Mixture
from models.sales.recipes.model import SalesTraining
from models.sales.recipes.registry import RECIPES
from tests.models.sales.shop import SMALL, START, panel_of, rhythm

LENGTH, HORIZON = 240, 7
PROMOTED = LENGTH + 2
TRAINING: SalesTraining = Training(SMALL, 1)


@pytest.fixture(scope="module")
def panel() -> SalesPanel:
    """Series that a promotion doubles; the last of them has ended. One day ahead has a promotion."""
    promotion = np.arange(LENGTH + HORIZON) % 5 == 0
    promotion[LENGTH:] = np.arange(LENGTH, LENGTH + HORIZON) == PROMOTED
    values = rhythm(6, LENGTH) * np.where(promotion, 2.0, 1.0)[:LENGTH]
    values[-1, 100:] = np.nan
    panel = panel_of(values)
    days = START + np.arange(LENGTH + HORIZON)
    every = np.full(len(days), -1)
    covariates = build_covariates(
        every, days, np.zeros(len(days), int), promotion.astype(float), ("promotion",), panel.grid
    )
    return replace(panel, covariates=covariates)


def test_the_effect_is_what_the_promotion_adds(panel: SalesPanel) -> None:
    result = forecast(RECIPES["effects"].fit(panel, TRAINING), panel)
    share = result.known_effect[:-1] / result.mean[:-1]
    np.testing.assert_allclose(share[:, PROMOTED - LENGTH], 0.5, atol=0.1)
    np.testing.assert_allclose(np.delete(share, PROMOTED - LENGTH, axis=1), 0.0, atol=1e-12)
    assert np.isnan(result.known_effect[-1]).all()  # it has ended


def test_there_is_none_where_no_model_reads_what_is_known_ahead(panel: SalesPanel) -> None:
    smoothing, effects = (RECIPES[name].fit(panel, TRAINING) for name in ("smoothing", "effects"))
    mixtures = dict.fromkeys(SEGMENTS, Mixture((1.0, 0.0)))
    alone = EnsembleModel({"smoothing": smoothing, "effects": effects}, mixtures)
    for model, known in ((smoothing, panel), (alone, panel), (smoothing, replace(panel, covariates=None))):
        assert np.isnan(forecast(model, known).known_effect).all()
