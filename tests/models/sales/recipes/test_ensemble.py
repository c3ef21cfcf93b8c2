from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.common.description import FILE_NAME
from models.common.recipe import Training
from models.sales.forecast import forecast
from models.sales.recipes.boosting.fit import GRADIENT_BOOSTING
from models.sales.recipes.ensemble import SEGMENTS, EnsembleModel, Mixture
from models.sales.recipes.model import MEDIAN, QUANTILES, SalesModel, forecast_of
from models.sales.recipes.registry import load_model
from models.sales.recipes.seasonal_naive import SeasonalNaive
from models.sales.recipes.smoothing.model import smoothing_recipe
from nightcast.errors import InputError
from tests.models.sales.shop import SMALL, Constant, panel_of, rhythm

NOBODY = Mixture((0.0, 1.0))
HALVES = Mixture((0.5, 0.5))


def two(
    weights: tuple[float, float] = (0.5, 0.5), factors: tuple[float, ...] = (1.0,) * len(QUANTILES)
) -> EnsembleModel:
    models: dict[str, SalesModel] = {"seasonal_naive": SeasonalNaive(7, 7, "D"), "other": SeasonalNaive(7, 14, "D")}
    return EnsembleModel(models, dict.fromkeys(SEGMENTS, Mixture(weights, factors)))


def test_an_ensemble_is_the_mean_of_its_models() -> None:
    panel = panel_of(rhythm(3, 90))
    model = two()
    assert model.recipe == "ensemble"
    parts = [forecast_of(one, panel) for one in model.models.values()]
    forecasts = forecast_of(model, panel)
    quantiles = forecasts.quantiles
    np.testing.assert_allclose(forecasts.mean, (parts[0].mean + parts[1].mean) / 2)
    np.testing.assert_allclose(quantiles, (parts[0].quantiles + parts[1].quantiles) / 2)
    wider = forecast_of(two(factors=(2.0, *(1.0,) * 9, 2.0)), panel).quantiles
    np.testing.assert_allclose(
        wider[:, :, -1] - wider[:, :, MEDIAN], 2 * (quantiles[:, :, -1] - quantiles[:, :, MEDIAN])
    )


def test_a_model_alone_goes_by_its_own_name_and_is_not_asked_twice() -> None:
    model = two((1.0, 0.0))
    assert (model.recipe, model.counting) == ("seasonal_naive", ["seasonal_naive"])
    panel = panel_of(rhythm(2, 60))
    naive = forecast_of(SeasonalNaive(7, 7, "D"), panel)
    np.testing.assert_array_equal(forecast_of(model, panel).mean, naive.mean)


def test_smooth_and_intermittent_series_have_mixtures_of_their_own() -> None:
    values = rhythm(2, 120)
    values[1, np.arange(120) % 3 > 0] = np.nan
    panel = panel_of(values, missing="auto")
    assert panel.intermittent.tolist() == [False, True]
    models = two().models
    model = EnsembleModel(models, {"smooth": Mixture((1.0, 0.0)), "intermittent": NOBODY})
    mean = forecast_of(model, panel).mean
    np.testing.assert_array_equal(mean[0], forecast_of(models["seasonal_naive"], panel).mean[0])
    np.testing.assert_array_equal(mean[1], forecast_of(models["other"], panel).mean[1])


def test_an_ensemble_is_read_back_as_it_was(tmp_path: Path) -> None:
    model, panel = two((0.3, 0.7), tuple(np.linspace(1.5, 0.8, len(QUANTILES)))), panel_of(rhythm(3, 90))
    model.save(tmp_path)
    loaded = load_model(tmp_path)
    assert loaded.recipe == "ensemble"
    ours, theirs = forecast_of(model, panel), forecast_of(loaded, panel)
    np.testing.assert_array_equal(ours.mean, theirs.mean)
    np.testing.assert_array_equal(ours.quantiles, theirs.quantiles)


def test_an_ensemble_that_lost_a_model_is_refused(tmp_path: Path) -> None:
    two().save(tmp_path)
    (tmp_path / "model_1" / FILE_NAME).unlink()
    with pytest.raises(InputError):
        load_model(tmp_path)


def test_each_forecast_is_floored_before_it_is_blended() -> None:
    panel = panel_of(rhythm(2, 60))
    model = EnsembleModel({"below": Constant(-1.0), "above": Constant(1.0)}, dict.fromkeys(SEGMENTS, HALVES))
    np.testing.assert_allclose(forecast_of(model, panel).mean, panel.values[:, -1:].repeat(7, axis=1) / 2)


def test_series_that_a_part_is_not_made_for_are_no_stand_ins() -> None:
    values = np.vstack([rhythm(8, 240), np.random.default_rng(3).poisson(0.3, (2, 240)), rhythm(1, 240)]).astype(float)
    values[10, :-14] = np.nan
    panel = panel_of(values)
    trees = GRADIENT_BOOSTING.fit(panel, Training(SMALL, 1))
    models: dict[str, SalesModel] = {"combination": smoothing_recipe("combination").make(panel, 1), trees.recipe: trees}
    forecasts = forecast(EnsembleModel(models, dict.fromkeys(SEGMENTS, HALVES)), panel)
    assert forecasts.status.tolist() == [*["forecast"] * 10, "fallback"]
    assert forecasts.model.tolist() == [*["ensemble"] * 10, "ensemble without gradient_boosting"]
    assert forecasts.notes == [
        "gradient_boosting cannot forecast 1 series; series_status names what stands in, and why",
    ]
