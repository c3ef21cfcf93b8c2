from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from models.sales.recipes.constraints import QUANTILES
from models.sales.recipes.model import SalesModel, load_model

from models.sales.gate.measure import PastOrigins, try_model, try_together
from models.sales.recipes.blending import NARROWEST, WIDEST, band_factors, blend, select_weights, widen
from models.sales.recipes.ensemble import SEGMENTS, EnsembleModel, Mixture, forecast_of
from models.sales.recipes.seasonal_naive import SeasonalNaive
from nightcast.errors import InputError
from tests.models.sales.shop import Constant, panel_of, rhythm

NOBODY = Mixture((0.0, 1.0))


def test_a_blend_is_the_mean_over_those_that_cover_a_series() -> None:
    parts = [np.array([[1.0], [1.0], [1.0]]), np.array([[5.0], [5.0], [5.0]])]
    covered = [np.array([True, False, False]), np.array([True, True, False])]
    assert blend(parts, [0.25, 0.75], covered).ravel().tolist() == [4.0, 5.0, 4.0]


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=4), st.floats(-5, 5))
def test_weights_are_shares_and_no_worse_than_the_best_alone(points: list[float], truth: float) -> None:
    def loss(weights: list[float]) -> float:
        return abs(float(np.dot(weights, points)) - truth)

    weights = select_weights(len(points), loss)
    assert sum(weights) == pytest.approx(1)
    assert min(weights) >= 0
    alone = min(loss(one.tolist()) for one in np.eye(len(points)))
    assert loss(weights) <= alone + 1e-12


def test_weights_find_a_mean_that_no_candidate_is() -> None:
    weights = select_weights(2, lambda shares: (shares[0] * 10 - 3) ** 2)
    assert weights == pytest.approx([0.3, 0.7])


def test_of_equals_the_first_is_chosen() -> None:
    assert select_weights(3, lambda shares: 1.0) == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("spread", [0.6, 1.6])
def test_band_factors_undo_a_wrong_width(spread: float) -> None:
    generator = np.random.default_rng(1)
    actual = generator.normal(size=200_000)
    honest = np.quantile(generator.normal(size=1_000_000), QUANTILES)
    factors = band_factors(np.tile(honest * spread, (len(actual), 1)), actual)
    np.testing.assert_allclose(factors[[0, 1, 3, 4]], 1 / spread, rtol=0.02)
    assert factors[2] == 1.0
    held = [(actual <= edge).mean() for edge in widen(honest * spread, factors)]
    np.testing.assert_allclose(held, QUANTILES, atol=0.003)


@pytest.mark.parametrize("spread", [0.85, 1.0, 1.2])
def test_a_width_that_is_nearly_right_is_left_as_it_is(spread: float) -> None:
    actual = np.random.default_rng(1).normal(size=10_000)
    honest = np.quantile(np.random.default_rng(2).normal(size=100_000), QUANTILES)
    assert band_factors(np.tile(honest * spread, (len(actual), 1)), actual).tolist() == [1.0] * 5


def test_truths_on_one_side_change_both_ends_of_a_band_alike() -> None:
    quantiles = np.tile([-2.0, -1.0, 0.0, 1.0, 2.0], (1_000, 1))
    factors = band_factors(quantiles, np.linspace(0, 1.5, 1_000))
    assert factors[0] == factors[4] < 1
    assert factors[1] == factors[3] == 1


def test_band_factors_are_bounded_and_need_enough_truths() -> None:
    quantiles = np.tile([-2.0, -1.0, 0.0, 1.0, 2.0], (500, 1))
    assert band_factors(quantiles, np.tile([-100.0, 100.0], 250)).tolist() == [WIDEST, WIDEST, 1.0, WIDEST, WIDEST]
    assert band_factors(quantiles, np.zeros(500)).tolist() == [NARROWEST, NARROWEST, 1.0, NARROWEST, NARROWEST]
    assert band_factors(quantiles[:50], np.full(50, 100.0)).tolist() == [1.0] * 5
    assert band_factors(np.zeros((500, 5)), np.ones(500)).tolist() == [1.0] * 5


@given(st.lists(st.floats(-1e300, 1e300), min_size=5, max_size=5), st.lists(st.floats(0.5, 2), min_size=5, max_size=5))
def test_widened_quantiles_stay_in_order(values: list[float], factors: list[float]) -> None:
    found = widen(np.sort(values)[None], np.array(factors))
    assert all(low <= high for low, high in itertools.pairwise(found[0]))


def two(weights: tuple[float, float] = (0.5, 0.5), factors: tuple[float, ...] = (1.0,) * 5) -> EnsembleModel:
    models: dict[str, SalesModel] = {"seasonal_naive": SeasonalNaive(7, 7, "D"), "other": SeasonalNaive(7, 14, "D")}
    return EnsembleModel(models, dict.fromkeys(SEGMENTS, Mixture(weights, factors)))


def test_an_ensemble_is_the_mean_of_its_models() -> None:
    panel = panel_of(rhythm(3, 90))
    model = two()
    assert model.recipe == "ensemble"
    parts = [one.predict(panel) for one in model.models.values()]
    mean, quantiles = model.predict(panel)
    np.testing.assert_allclose(mean, (parts[0][0] + parts[1][0]) / 2)
    np.testing.assert_allclose(quantiles, (parts[0][1] + parts[1][1]) / 2)
    wider = two(factors=(2.0, 1.0, 1.0, 1.0, 2.0)).predict(panel)[1]
    np.testing.assert_allclose(wider[:, :, 4] - wider[:, :, 2], 2 * (quantiles[:, :, 4] - quantiles[:, :, 2]))


def test_a_model_alone_goes_by_its_own_name_and_is_not_asked_twice() -> None:
    model = two((1.0, 0.0))
    assert (model.recipe, model.counting) == ("seasonal_naive", ["seasonal_naive"])
    panel = panel_of(rhythm(2, 60))
    np.testing.assert_array_equal(model.predict(panel)[0], SeasonalNaive(7, 7, "D").predict(panel)[0])


def test_smooth_and_intermittent_series_have_mixtures_of_their_own() -> None:
    values = rhythm(2, 120)
    values[1, np.arange(120) % 3 > 0] = np.nan
    panel = panel_of(values, missing="auto")
    assert panel.intermittent.tolist() == [False, True]
    models = two().models
    model = EnsembleModel(models, {"smooth": Mixture((1.0, 0.0)), "intermittent": NOBODY})
    mean = model.predict(panel)[0]
    np.testing.assert_array_equal(mean[0], models["seasonal_naive"].predict(panel)[0][0])
    np.testing.assert_array_equal(mean[1], models["other"].predict(panel)[0][1])


def test_an_ensemble_is_read_back_as_it_was(tmp_path: Path) -> None:
    model, panel = two((0.3, 0.7), (1.5, 1.2, 1.0, 0.9, 0.8)), panel_of(rhythm(3, 90))
    model.save(tmp_path)
    loaded = load_model(tmp_path)
    assert loaded.recipe == "ensemble"
    for ours, theirs in zip(model.predict(panel), loaded.predict(panel), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_an_ensemble_that_lost_a_model_is_refused(tmp_path: Path) -> None:
    two().save(tmp_path)
    (tmp_path / "model_1" / "sales_model.json").unlink()
    with pytest.raises(InputError, match="damaged or incomplete"):
        load_model(tmp_path)


def test_what_was_tried_together_is_at_least_as_good_as_the_best_alone() -> None:
    values = rhythm(12, 140)
    panel = panel_of(values)
    origins = PastOrigins.of(panel, tuple(panel.end - back for back in (21, 14, 7)))
    alone = [try_model(str(factor), Constant(factor), origins) for factor in (0.5, 1.5)]
    together = try_together(alone, origins)
    assert together.score < min(trial.score for trial in alone)
    for forecast, panel_then in zip(together.forecasts, origins.panels, strict=True):
        np.testing.assert_array_equal(forecast.mean, forecast_of(together.model, panel_then).mean)
