from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.common.arrays import Floats
from models.common.description import FILE_NAME
from models.sales.recipes.model import MEDIAN, QUANTILES, Forecast, forecast_of
from models.sales.recipes.registry import load_model
from models.sales.recipes.seasonal_naive import baseline_of
from models.sales.recipes.smoothing.model import COMBINATION, COUNTS, SMOOTHING, smoothing_recipe
from models.sales.recipes.statistical.model import StatisticalModel
from models.sales.settings import BATCH, SalesSettings
from nightcast.errors import InputError
from tests.models.sales.shop import panel_of, rhythm

LONG = SalesSettings(horizon=28)


def forecast(recipe: str, values: Floats, **options: object) -> Forecast:
    panel = panel_of(values, **options)  # type: ignore[arg-type]
    return forecast_of(smoothing_recipe(recipe).make(panel, 0), panel)


def counts(rate: float, series: int, length: int, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).poisson(rate, (series, length)).astype(float)


def test_smoothing_is_about_as_good_as_the_library_on_trends_and_seasons() -> None:
    generator = np.random.default_rng(5)
    time = np.arange(156)
    level = np.exp(generator.normal(0, 0.03, (12, 156)).cumsum(axis=1) + generator.uniform(2, 6, (12, 1)))
    values = level * (1 + 0.4 * np.sin(2 * np.pi * (time + generator.integers(0, 7, (12, 1))) / 7))
    values *= generator.gamma(100, 1 / 100, values.shape)
    panel = panel_of(values[:, :-28], settings=LONG)
    ours = forecast_of(smoothing_recipe(SMOOTHING).make(panel, 0), panel)
    theirs = forecast_of(StatisticalModel("auto_ets", 28, 7, "D"), panel)
    error, beside = (np.abs(one.mean / values[:, -28:] - 1).mean() for one in (ours, theirs))
    assert error < 1.05 * beside
    inside = (ours.quantiles[:, :, 1] <= values[:, -28:]) & (values[:, -28:] <= ours.quantiles[:, :, -2])
    assert 0.7 < inside.mean() < 0.95


@pytest.mark.parametrize("length", [1, 2, 3, 5, 9, 14, 40])
def test_the_combination_forecasts_every_length(length: int) -> None:
    values = rhythm(6, length)
    forecasts = forecast(COMBINATION, values)
    assert forecasts.covered.all()
    assert np.isfinite(forecasts.quantiles).all()
    assert (np.diff(forecasts.quantiles, axis=2) >= 0).all()
    assert (forecasts.quantiles[:, :, -1] > forecasts.quantiles[:, :, 0]).all()
    ratio = forecasts.mean.mean(axis=1) / np.abs(values).mean(axis=1)
    assert (ratio > 0.4).all()
    assert (ratio < 2.5).all()


def test_the_combination_beats_seasonal_naive() -> None:
    values = rhythm(30, 84)
    panel = panel_of(values[:, :-7])
    models = (baseline_of(panel), smoothing_recipe(COMBINATION).make(panel, 0))
    naive, ours = (forecast_of(model, panel) for model in models)
    actual, scale = values[:, -7:], values.mean(axis=1, keepdims=True)
    assert (np.abs(ours.mean - actual) / scale).mean() < 0.85 * (np.abs(naive.mean - actual) / scale).mean()


def test_a_short_series_borrows_the_week_of_the_others() -> None:
    week = np.array([1.0, 1, 1, 1, 1, 4, 4])
    values = np.tile(week, 12)[None] * np.random.default_rng(1).gamma(100, 1 / 100, (30, 84)) * 10
    values[0, :-4] = math.nan  # since a Thursday
    mean = forecast(SMOOTHING, values).mean[0]
    assert mean[5:].mean() > 2 * mean[:5].mean()


@pytest.mark.parametrize("recipe", [SMOOTHING, COMBINATION])
def test_closed_days_are_no_part_of_the_level(recipe: str) -> None:
    values = np.random.default_rng(2).uniform(9, 11, (3, 70))
    values[:, np.arange(70) % 7 >= 5] = math.nan
    values[2, :-10] = math.nan
    panel = panel_of(values, missing="auto")
    forecasts = forecast_of(smoothing_recipe(recipe).make(panel, 0), panel)
    closed = panel.closed_steps(7)
    assert closed.sum() == 2
    np.testing.assert_allclose(forecasts.mean[:, ~closed], 10, atol=1)
    assert (forecasts.mean[:, closed] == 0).all()


@pytest.mark.parametrize("rate", [0.3, 4.0, 40.0])
def test_bands_of_counts_hold_at_least_what_they_promise(rate: float) -> None:
    values = counts(rate, 200, 160)
    forecasts = forecast(COUNTS, values[:, :-28], settings=LONG)
    actual, quantiles = values[:, -28:], forecasts.quantiles
    assert (quantiles == np.round(quantiles)).all()
    for low, high, promised in ((1, -2, 0.8), (0, -1, 0.95)):
        held = np.mean((quantiles[:, :, low] <= actual) & (actual <= quantiles[:, :, high]))
        assert promised - 0.005 <= held
    exact = np.quantile(counts(rate, 1, 200_000), QUANTILES)
    assert np.abs(np.median(quantiles, axis=(0, 1)) - exact).max() <= max(1, 0.05 * rate)
    np.testing.assert_allclose(forecasts.mean.mean(), rate, rtol=0.05)


def test_counts_that_vary_more_than_by_chance_get_wider_bands() -> None:
    generator = np.random.default_rng(3)
    values = generator.negative_binomial(1, 1 / 5, (200, 160)).astype(float)
    quantiles, actual = forecast(COUNTS, values[:, :-28], settings=LONG).quantiles, values[:, -28:]
    held = np.mean((quantiles[:, :, 1] <= actual) & (actual <= quantiles[:, :, -2]))
    assert 0.8 <= held < 0.9


def test_a_rate_follows_what_stopped_and_what_began() -> None:
    stopped, began = counts(3.0, 40, 160), counts(3.0, 40, 160, 2)
    stopped[:, -60:], began[:, :-60] = 0.0, 0.0
    values = np.vstack([stopped, began, counts(0.5, 40, 160, 3)])
    mean = forecast(COUNTS, values, settings=LONG).mean.mean(axis=1)
    assert mean[:40].max() < 0.5
    assert mean[40:80].mean() > 2
    assert forecast(COMBINATION, values, settings=LONG).mean[:40].max() < 0.7


def test_only_counts_are_covered_by_count() -> None:
    values = np.vstack([counts(1.0, 1, 60), counts(1.0, 1, 60) + 0.5, -counts(1.0, 1, 60)])
    assert forecast(COUNTS, values).covered.tolist() == [True, False, False]


@settings(deadline=None, max_examples=40)
@given(arrays(np.float64, (3, 45), elements=st.one_of(st.sampled_from([math.nan, 0.0, 1e15, 1e-9]), st.floats(-9, 9))))
def test_any_history_gives_ordered_finite_forecasts(values: Floats) -> None:
    for recipe in BATCH:
        forecasts = forecast(recipe, values)
        known = ~np.isnan(values).all(axis=1)
        assert np.isfinite(forecasts.quantiles[known]).all()
        assert (np.diff(forecasts.quantiles[known], axis=2) >= 0).all()
        assert (forecasts.quantiles[known, :, 0] <= forecasts.mean[known]).all()


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_forecasts_follow_the_scale(scale: float) -> None:
    values = rhythm(4, 60)
    for recipe in (SMOOTHING, COMBINATION):
        np.testing.assert_allclose(
            forecast(recipe, values * scale).quantiles[:, :, MEDIAN] / scale,
            forecast(recipe, values).quantiles[:, :, MEDIAN],
            rtol=1e-6,
        )


@pytest.mark.parametrize("recipe", BATCH)
def test_a_saved_model_forecasts_the_same(recipe: str, tmp_path: Path) -> None:
    values, model = counts(2.0, 3, 60), smoothing_recipe(recipe).make(panel_of(rhythm(1, 30)), 0)
    model.save(tmp_path)
    panel = panel_of(values)
    np.testing.assert_array_equal(forecast_of(load_model(tmp_path), panel).mean, forecast_of(model, panel).mean)
    (tmp_path / FILE_NAME).write_text((tmp_path / FILE_NAME).read_text().replace('"horizon": 7', '"horizon": 0'))
    with pytest.raises(InputError, match="damaged"):
        load_model(tmp_path)
