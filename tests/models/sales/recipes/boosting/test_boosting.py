"""Gradient boosted trees: what they learn, and their artifact."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skops.io import dump

from models.common.recipe import Training
from models.sales.data.covariate_rows import EVERY_SERIES, build_covariates
from models.sales.data.panel import SalesPanel
from models.sales.features.training_windows import NothingToLearnError
from models.sales.forecast import forecast
from models.sales.recipes.boosting.fit import GRADIENT_BOOSTING
from models.sales.recipes.boosting.model import TREES_FILE, BoostingModel
from models.sales.recipes.model import MEDIAN, forecast_of
from models.sales.recipes.registry import load_model
from models.sales.recipes.seasonal_naive import SeasonalNaive
from nightcast.errors import InputError
from tests.models.sales.shop import SMALL, START, panel_of, rhythm

SERIES, LENGTH, HORIZON = 10, 240, 7


@pytest.fixture(scope="module")
def trained() -> BoostingModel:
    return GRADIENT_BOOSTING.fit(panel_of(rhythm(SERIES, LENGTH)), Training(SMALL, 1))


def test_forecasts_are_closer_than_seasonal_naive_and_bands_hold_what_they_promise(trained: BoostingModel) -> None:
    values = rhythm(SERIES, LENGTH + HORIZON)
    panel, actual = panel_of(values[:, :-HORIZON]), values[:, -HORIZON:]
    ours, naive = (forecast_of(model, panel) for model in (trained, SeasonalNaive(HORIZON, 7, "D")))
    size = np.nanmean(panel.values, axis=1)[:, None]
    errors = [np.abs((one.quantiles[:, :, MEDIAN] - actual) / size).mean() for one in (ours, naive)]
    assert errors[0] < 0.85 * errors[1]
    inside = (actual >= ours.quantiles[:, :, 0]) & (actual <= ours.quantiles[:, :, -1])
    assert inside.mean() > 0.85
    assert (ours.mean / size).mean() == pytest.approx((actual / size).mean(), rel=0.1)


def test_series_of_any_kind_have_finite_ordered_forecasts(trained: BoostingModel) -> None:
    values = np.vstack([rhythm(2, 90), rhythm(1, 90) * 1e-12, rhythm(1, 90) * 1e9, np.full((1, 90), 7.0)])
    values = np.vstack([values, np.zeros((1, 90)), np.random.default_rng(1).normal(size=(1, 90))])
    forecasts = forecast(trained, panel_of(values))
    assert forecasts.status.tolist() == [*["forecast"] * 5, "fallback", "forecast"]  # the sixth has no sale at all
    assert np.isfinite(forecasts.mean).all()
    assert (np.diff(forecasts.quantiles, axis=2) >= 0).all()
    assert (forecasts.mean[5] == 0).all()


def promoted(every: int) -> tuple[SalesPanel, np.ndarray]:
    """Series that sell twice as much on promoted days, and the promotions (S, days), known through the horizon."""
    generator = np.random.default_rng(every)
    promotion = generator.random((SERIES, LENGTH + HORIZON)) < 1 / every
    panel = panel_of(rhythm(SERIES, LENGTH) * np.where(promotion[:, :LENGTH], 2.0, 1.0))
    series, column = np.nonzero(promotion)
    last = [(EVERY_SERIES, START + LENGTH + HORIZON, 0.0)]
    rows = [*zip(series.tolist(), (START + column).tolist(), [1.0] * len(series), strict=True), *last]
    codes, days, values = (list(one) for one in zip(*rows, strict=True))
    covariates = build_covariates(codes, days, [0] * len(rows), values, ("promotion",), panel.grid)
    return replace(panel, covariates=covariates), promotion


def test_a_promotion_that_is_known_ahead_raises_the_forecast() -> None:
    panel, promotion = promoted(6)
    model = GRADIENT_BOOSTING.fit(panel, Training(SMALL, 1))
    ahead = promotion[:, LENGTH:]
    covariates = panel.covariates
    assert covariates is not None
    nothing = replace(covariates, own=np.where(np.arange(covariates.length)[:, None] >= LENGTH, 0, covariates.own))
    usual = forecast_of(model, replace(panel, covariates=nothing)).mean
    raised = forecast_of(model, panel).mean / usual
    assert ahead.any()
    assert np.median(raised[ahead]) == pytest.approx(2.0, rel=0.25)
    np.testing.assert_allclose(raised[~ahead], 1.0, atol=1e-9)


def test_an_artifact_read_back_forecasts_the_same(trained: BoostingModel, tmp_path: Path) -> None:
    panel = panel_of(rhythm(SERIES, LENGTH))
    trained.save(tmp_path)
    ours, again = (forecast_of(model, panel) for model in (trained, load_model(tmp_path)))
    np.testing.assert_array_equal(ours.quantiles, again.quantiles)
    np.testing.assert_array_equal(ours.mean, again.mean)


@pytest.mark.parametrize("content", [[1, 2], ["trees"], 7], ids=str)
def test_a_file_without_trees_is_refused(trained: BoostingModel, content: object, tmp_path: Path) -> None:
    trained.save(tmp_path)
    dump(content, tmp_path / TREES_FILE)
    with pytest.raises(InputError, match=TREES_FILE):
        load_model(tmp_path)


def test_a_short_history_has_nothing_to_learn_from() -> None:
    with pytest.raises(NothingToLearnError):
        GRADIENT_BOOSTING.fit(panel_of(rhythm(2, 35)), Training(SMALL, 1))


def test_series_of_mostly_zeros_are_left_to_other_recipes(trained: BoostingModel) -> None:
    parts = np.random.default_rng(3).poisson(0.3, (4, LENGTH)).astype(float)
    mixed = panel_of(np.vstack([rhythm(SERIES, LENGTH), parts]))
    assert trained.forecast(mixed).covered.tolist() == [True] * SERIES + [False] * 4
    with pytest.raises(NothingToLearnError):
        GRADIENT_BOOSTING.fit(panel_of(parts), Training(SMALL, 1))
    again = GRADIENT_BOOSTING.fit(mixed, Training(SMALL, 1)).forecast(mixed).mean[:SERIES]
    np.testing.assert_allclose(again, trained.forecast(mixed).mean[:SERIES], rtol=1e-9)
