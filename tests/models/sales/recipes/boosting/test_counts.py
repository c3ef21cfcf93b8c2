"""Trees for small counts: what they learn, the distribution around it, and the artifact."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from skops.io import dump

from models.common.arrays import Floats
from models.common.recipe import Training
from models.sales.features.training_windows import NothingToLearnError
from models.sales.recipes.boosting.counts import NAME, POISSON_BOOSTING, CountsModel, Variance
from models.sales.recipes.boosting.model import TREES_FILE
from models.sales.recipes.model import MEDIAN, forecast_of
from models.sales.recipes.registry import chosen_recipes, load_model
from nightcast.errors import InputError
from tests.models.sales.shop import SMALL, panel_of, rhythm

SERIES, LENGTH, HORIZON = 60, 150, 7
RATE = np.exp(np.random.default_rng(4).uniform(-2.5, 1.0, SERIES))[:, None] * np.array([0.2, 0.5, 1, 1, 1, 1.3, 2])


def counts(length: int, overdispersed: bool = False) -> Floats:
    """Counts with a common week, (SERIES, length)."""
    generator = np.random.default_rng(9)
    rate = RATE[:, np.arange(length) % 7]
    if overdispersed:
        rate = rate * generator.gamma(1.0, 1.0, rate.shape)
    return np.asarray(generator.poisson(rate), np.float64)


@pytest.fixture(scope="module")
def trained() -> CountsModel:
    return POISSON_BOOSTING.fit(panel_of(counts(LENGTH)), Training(SMALL, 1))


def test_means_are_near_the_rates_and_quantiles_are_whole_and_hold_what_they_promise(trained: CountsModel) -> None:
    panel = panel_of(counts(LENGTH))
    ours = forecast_of(trained, panel)
    actual = np.random.default_rng(1).poisson(RATE[:, (LENGTH + np.arange(HORIZON)) % 7], (200, SERIES, HORIZON))
    ratio = ours.mean[ours.covered].sum() / RATE[:, (LENGTH + np.arange(HORIZON)) % 7][ours.covered].sum()
    assert ratio == pytest.approx(1.0, abs=0.08)
    assert (ours.quantiles == np.round(ours.quantiles)).all()
    inside = (actual >= ours.quantiles[:, :, 1]) & (actual <= ours.quantiles[:, :, -2])
    assert 0.8 <= inside.mean() < 0.97
    assert (ours.quantiles[:, :, MEDIAN] == 0).any()


@pytest.mark.parametrize(("growth", "share"), [(0.0, 1.0), (0.0, 2.5), (0.7, 1.0)])
def test_the_variance_is_found(growth: float, share: float) -> None:
    generator = np.random.default_rng(3)
    mean = np.exp(generator.uniform(-2, 2, 100_000))
    over = np.maximum(share + growth * mean, 1 + 1e-9)
    drawn = generator.negative_binomial(mean / (over - 1), 1 / over).astype(float)
    found = Variance.of(mean, drawn)
    assert found.share + found.growth == pytest.approx(share + growth, rel=0.06)
    assert found.share + found.growth * 5 == pytest.approx(share + growth * 5, rel=0.1)


def test_counts_that_vary_more_have_wider_bands(trained: CountsModel) -> None:
    varied = POISSON_BOOSTING.fit(panel_of(counts(LENGTH, overdispersed=True)), Training(SMALL, 1))
    mean = np.array([4.0])
    plain, wide = (model.variance.quantiles(mean)[0] for model in (trained, varied))
    assert wide[-1] - wide[0] > 1.5 * (plain[-1] - plain[0])


def test_large_counts_and_amounts_are_left_to_other_recipes(trained: CountsModel) -> None:
    values = np.vstack([counts(LENGTH), np.round(rhythm(2, LENGTH) + 100), counts(LENGTH)[:2] * 1.5])
    panel = panel_of(values)
    covered = trained.forecast(panel).covered
    assert covered[:SERIES].sum() > SERIES / 2
    assert not covered[SERIES:].any()
    assert NAME in chosen_recipes(panel, SMALL.model_copy(update={"recipes": "auto"}))
    large = panel_of(values[SERIES:])
    assert NAME not in chosen_recipes(large, SMALL.model_copy(update={"recipes": "auto"}))
    with pytest.raises(NothingToLearnError):
        POISSON_BOOSTING.fit(large, Training(SMALL, 1))


def test_an_artifact_read_back_forecasts_the_same(trained: CountsModel, tmp_path: Path) -> None:
    panel = panel_of(counts(LENGTH))
    trained.save(tmp_path)
    ours, again = (forecast_of(model, panel) for model in (trained, load_model(tmp_path)))
    np.testing.assert_array_equal(ours.quantiles, again.quantiles)
    np.testing.assert_array_equal(ours.mean, again.mean)
    dump([1, 2], tmp_path / TREES_FILE)
    with pytest.raises(InputError, match=TREES_FILE):
        load_model(tmp_path)
