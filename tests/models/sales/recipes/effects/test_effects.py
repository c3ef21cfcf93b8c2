"""Effects of covariates: their sizes, what is expected beyond the reach, and what is forecast."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.common.recipe import Training
from models.sales.data.covariate_rows import build_covariates
from models.sales.data.panel import SalesPanel
from models.sales.recipes.effects.model import EFFECTS
from models.sales.recipes.effects.regression import Effect, carried, factors, shape_of
from models.sales.recipes.model import SalesTraining, forecast_of
from models.sales.recipes.registry import RECIPES, chosen_recipes, load_model
from models.sales.settings import SalesSettings
from tests.models.sales.shop import SMALL, START, panel_of, rhythm

SERIES, LENGTH, HORIZON = 10, 240, 7
TRAINING: SalesTraining = Training(SMALL, 1)


def priced(reach: int = HORIZON) -> tuple[SalesPanel, np.ndarray, np.ndarray]:
    """Series that sell twice as much when promoted, and with an elasticity of -2; promotions and prices (S, days)."""
    generator = np.random.default_rng(3)
    promotion = generator.random((SERIES, LENGTH + HORIZON)) < 0.15
    usual = np.geomspace(1, 300, SERIES)[:, None]
    price = usual * np.exp(generator.normal(0, 0.1, (SERIES, (LENGTH + HORIZON) // 13 + 1))).repeat(13, axis=1)
    price = price[:, : LENGTH + HORIZON]
    factor = np.where(promotion, 2.0, 1.0) * (price / usual) ** -2
    panel = panel_of(rhythm(SERIES, LENGTH) * factor[:, :LENGTH])
    days, known = START + np.arange(LENGTH + reach), LENGTH + reach
    covariates = build_covariates(
        np.tile(np.repeat(np.arange(SERIES), known), 2),
        np.tile(days, 2 * SERIES),
        np.repeat([0, 1], SERIES * known),
        np.concatenate([price[:, :known].ravel(), promotion[:, :known].ravel()]),
        ("price", "promotion"),
        panel.grid,
    )
    return replace(panel, covariates=covariates), promotion, price


def without_prices(panel: SalesPanel) -> SalesPanel:
    """The same panel with no price known ahead that differs from the usual one."""
    covariates = panel.covariates
    assert covariates is not None
    own = covariates.own.copy()
    own[:, LENGTH:, 0] = np.exp(np.log(own[:, :LENGTH, 0]).mean(axis=1))[:, None]
    return replace(panel, covariates=replace(covariates, own=own))


def test_effects_ahead_are_those_that_were_learned() -> None:
    panel, promotion, price = priced()
    with_effects = forecast_of(EFFECTS.fit(panel, TRAINING), panel)
    flat = panel.values / np.where(promotion, 2.0, 1.0)[:, :LENGTH] * (price / price[:, :1])[:, :LENGTH] ** 2
    plain = forecast_of(RECIPES["smoothing"].fit(panel, TRAINING), replace(panel, values=flat))
    expected = plain.mean * np.where(promotion, 2.0, 1.0)[:, LENGTH:] * (price / price[:, :1])[:, LENGTH:] ** -2
    np.testing.assert_allclose(with_effects.mean, expected, rtol=0.15)
    assert np.median(with_effects.mean / expected) == pytest.approx(1, abs=0.03)
    assert (np.diff(with_effects.quantiles, axis=2) >= 0).all()


def test_beyond_the_reach_the_last_price_counts_and_no_promotion_is_expected() -> None:
    far, promotion, price = priced()
    near, *_ = priced(reach=1)
    model = EFFECTS.fit(near, TRAINING)
    ratio = forecast_of(model, near).mean / forecast_of(model, far).mean
    assert ratio[:, 0] == pytest.approx(1.0, abs=1e-6)
    hidden = promotion[:, LENGTH + 1 :]
    assert hidden.any()
    same_price = price[:, LENGTH + 1 :] == price[:, LENGTH : LENGTH + 1]
    assert np.median(ratio[:, 1:][hidden & same_price]) == pytest.approx(0.5, abs=0.05)
    assert np.median(ratio[:, 1:][~hidden & same_price]) == pytest.approx(1.0, abs=0.05)
    usual = forecast_of(model, without_prices(near)).mean
    moved, kept = (np.log(forecast_of(model, one).mean / usual) for one in (far, near))
    assert np.corrcoef(moved[~promotion[:, LENGTH:]], kept[~promotion[:, LENGTH:]])[0, 1] > 0.8


def test_what_is_carried_fades_as_it_did_in_the_past() -> None:
    generator, value = np.random.default_rng(1), np.zeros((50, 400))
    for day in range(1, 400):
        value[:, day] = 0.8 * value[:, day - 1] + generator.normal(size=50)
    known = np.ones(value.shape, bool)
    shape = shape_of(value, known, 5)
    assert shape.remains == pytest.approx([0.8**step for step in range(6)], abs=0.03)
    assert shape.values == ()
    known[:, -3:], known[0] = False, False
    filled = carried(value, known, shape)
    assert filled[1:, -3:] == pytest.approx(value[1:, -4:-3] * np.array(shape.remains[1:4]))
    assert not filled[0].any()
    pair = shape_of(np.where(value > 0, 2.0, -1.0), np.ones(value.shape, bool), 5)
    assert pair.values == (-1.0, 2.0)
    likely = carried(np.array([[2.0, 0.0, 0.0]]), np.array([[True, False, False]]), Effect(0.0, (1, 0.9, 0.2), (-1, 2)))
    assert likely.tolist() == [[2.0, 2.0, -1.0]]


def test_without_covariates_and_for_mostly_zeros_it_is_smoothing() -> None:
    panel, *_ = priced()
    values = panel.values.copy()
    values[0, np.arange(LENGTH) % 3 > 0] = 0.0
    panel = replace(panel, values=values)
    model = EFFECTS.fit(panel, TRAINING)
    factor = factors(panel, model.scales, model.effects)
    assert panel.rare.tolist() == [True] + [False] * (SERIES - 1)
    assert (factor[0] == 1).all()
    assert (factor[1:].std(axis=1) > 0.1).all()
    without = replace(panel, covariates=None)
    alone = forecast_of(EFFECTS.fit(without, TRAINING), without)
    smoothing = forecast_of(RECIPES["smoothing"].fit(without, TRAINING), without)
    np.testing.assert_array_equal(alone.quantiles, smoothing.quantiles)


def test_a_night_on_which_covariates_are_missing_forecasts_without_them() -> None:
    panel, *_ = priced()
    model, without = EFFECTS.fit(panel, TRAINING), replace(panel, covariates=None)
    smoothing = forecast_of(RECIPES["smoothing"].fit(without, TRAINING), without)
    np.testing.assert_array_equal(forecast_of(model, without).mean, smoothing.mean)


def test_series_of_any_kind_have_finite_forecasts() -> None:
    panel, *_ = priced()
    values = panel.values.copy()
    values[0], values[1], values[2] = 0.0, 7.0, np.random.default_rng(1).normal(size=LENGTH)
    values[3, :-2], values[4] = np.nan, values[4] * 1e-12
    ours = forecast_of(EFFECTS.fit(replace(panel, values=values), TRAINING), replace(panel, values=values))
    assert np.isfinite(ours.mean).all()
    assert np.isfinite(ours.quantiles).all()


def test_it_takes_part_where_there_are_covariates() -> None:
    panel, *_ = priced()
    assert "effects" in chosen_recipes(panel, SalesSettings())
    assert "effects" not in chosen_recipes(replace(panel, covariates=None), SalesSettings())


def test_an_artifact_read_back_forecasts_the_same(tmp_path: Path) -> None:
    panel, *_ = priced()
    model = EFFECTS.fit(panel, TRAINING)
    model.save(tmp_path)
    ours, again = (forecast_of(one, panel) for one in (model, load_model(tmp_path)))
    np.testing.assert_array_equal(ours.quantiles, again.quantiles)
    np.testing.assert_array_equal(ours.mean, again.mean)
