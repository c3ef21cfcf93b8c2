from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.common.arrays import Floats
from models.sales.recipes.model import MEDIAN, QUANTILES, forecast_of
from models.sales.recipes.seasonal_naive import SeasonalNaive, seasonal_point
from models.sales.settings import SalesSettings
from tests.models.sales import reference
from tests.models.sales.shop import panel_of, rhythm

elements = st.one_of(st.just(math.nan), st.floats(-1e6, 1e6))


@given(arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(0, 20)), elements=elements), st.integers(1, 8))
def test_the_point_forecast_agrees_with_the_reference(values: Floats, season: int) -> None:
    forecasts = seasonal_point(values, season, 11)
    expected = [reference.seasonal_naive(row, season, 11) for row in values.tolist()]
    np.testing.assert_allclose(forecasts, expected, rtol=1e-9, atol=1e-9)


@given(arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(1, 40)), elements=elements))
def test_quantiles_are_ordered_around_the_point(values: Floats) -> None:
    panel = panel_of(values, settings=SalesSettings(horizon=9, negative="allow"))
    forecasts = forecast_of(SeasonalNaive(9, 7, "D"), panel)
    mean, quantiles = forecasts.mean, forecasts.quantiles
    known = panel.observations > 0
    assert np.isfinite(mean[known]).all()
    assert np.isnan(mean[~known]).all()
    assert (np.diff(quantiles[known], axis=2) >= 0).all()
    open_steps = ~panel.closed_steps(9)
    np.testing.assert_array_equal(quantiles[known][:, open_steps, MEDIAN], mean[known][:, open_steps])


def test_quantiles_cover_what_they_say() -> None:
    values = np.random.default_rng(1).normal(100, 10, (300, 120))
    panel = panel_of(values[:, :-14], settings=SalesSettings(horizon=14))
    quantiles = forecast_of(SeasonalNaive(14, 7, "D"), panel).quantiles
    for index, level in enumerate(QUANTILES):
        assert np.mean(values[:, -14:] <= quantiles[:, :, index]) == pytest.approx(level, abs=0.03)


def test_a_short_series_borrows_the_errors_of_the_others() -> None:
    values = rhythm(30, 80)
    values[0, :-3] = math.nan
    quantiles = forecast_of(SeasonalNaive(7, 7, "D"), panel_of(values)).quantiles
    assert (quantiles[0, :, -1] > quantiles[0, :, MEDIAN]).all()
    alone = forecast_of(SeasonalNaive(7, 7, "D"), panel_of(values[:1, -3:])).quantiles
    assert (alone[0, :, -1] > alone[0, :, MEDIAN]).all()


def test_floors_hold_where_a_series_was_never_negative() -> None:
    values = np.random.default_rng(2).normal(0, 5, (2, 60))
    values[0] = np.abs(values[0])
    model = SeasonalNaive(7, 7, "D")
    free = forecast_of(model, panel_of(values)).quantiles
    assert free[0].min() == 0.0
    assert free[1].min() < 0.0
    floored = forecast_of(model, panel_of(values, settings=SalesSettings(horizon=7, negative="floor"))).quantiles
    assert floored.min() == 0.0
    allowed = forecast_of(model, panel_of(values, settings=SalesSettings(horizon=7, negative="allow"))).quantiles
    assert allowed[0].min() < 0.0


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e15])
def test_forecasts_follow_the_scale(scale: float) -> None:
    values = np.random.default_rng(3).uniform(-1, 1, (2, 60))
    forecasts, expected = (forecast_of(SeasonalNaive(7, 7, "D"), panel_of(each)) for each in (values * scale, values))
    np.testing.assert_allclose(forecasts.mean / scale, expected.mean)
    np.testing.assert_allclose(forecasts.quantiles / scale, expected.quantiles)
