"""The classic networks: each trains, forecasts, and is read back as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.common import keras_runtime
from models.common.recipe import Training
from models.sales.features import training_windows
from models.sales.features.successions import carrying
from models.sales.recipes.classic import lstm, recipe, seq2seq_luong
from models.sales.recipes.classic.preparation.names import PARTS
from models.sales.recipes.classic.seq2seq_luong import attention_weights
from models.sales.recipes.model import QUANTILES, forecast_of
from models.sales.recipes.networks import fit
from models.sales.recipes.networks.network import NetworkShape, build, join
from models.sales.recipes.registry import RECIPES, load_model
from models.sales.settings import CLASSIC, PREPARATIONS, SalesSettings
from tests.models.sales.shop import panel_of, rhythm, settings_with

FEW = settings_with(steps=2, members=2, units=4)
FAMILY: list[tuple[str, dict[str, Any]]] = [
    ("lstm", {"framing": "window", "layers": 2}),
    ("lstm", {"framing": "regression", "preparation": ("logarithm", "difference")}),
    ("lstm", {"stateful": True}),
    ("seq2seq", {"preparation": ("seasonal_difference",)}),
    ("seq2seq_luong", {}),
]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (training_windows, recipe, fit):
        monkeypatch.setattr(module, "BATCH_SIZE", 4)


def test_the_settings_name_what_there_is() -> None:
    assert tuple(one.name for one in recipe.CLASSIC_RECIPES) == CLASSIC
    assert tuple(PARTS) == PREPARATIONS
    SalesSettings(recipes=tuple(RECIPES))
    with pytest.raises(ValueError, match="logarithm"):
        SalesSettings.model_validate({"classic": {"preparation": ["logaritm"]}})


@pytest.mark.parametrize(("name", "options"), FAMILY)
def test_each_network_forecasts_in_order_and_is_read_back(name: str, options: dict[str, Any], tmp_path: Path) -> None:
    panel, settings = panel_of(rhythm(6, 120)), settings_with(FEW, **options)
    model = RECIPES[name].fit(panel, Training(settings, 1))
    again = RECIPES[name].fit(panel, Training(settings, 1, earlier=model))
    assert again.recipe == name
    forecasts = forecast_of(again, panel)
    assert forecasts.mean.shape == (6, 7)
    assert np.isfinite(forecasts.mean).all()
    assert (np.diff(forecasts.quantiles, axis=2) >= 0).all()
    again.save(tmp_path)
    loaded = forecast_of(load_model(tmp_path), panel)
    np.testing.assert_array_equal(loaded.mean, forecasts.mean)
    np.testing.assert_array_equal(loaded.quantiles, forecasts.quantiles)
    changed = panel.values.copy()
    changed[:, -1] *= 1.5
    assert (forecast_of(again, panel_of(changed)).mean != forecasts.mean).any(axis=1).all()


def test_members_learn_by_themselves_and_their_median_is_taken() -> None:
    keras = keras_runtime.start(3)
    shape = NetworkShape(patches=9, patch_columns=21, horizon=7, step_columns=14, units=4)
    network = join(keras, lstm.output, shape, [build(keras, lstm.output, shape).get_weights() for _ in range(3)])
    assert network.output_shape == (None, 7, 3, len(QUANTILES) + 1)
    generator = np.random.default_rng(1)
    inputs = [generator.normal(size=(2, *part.shape[1:])).astype(np.float32) for part in network.inputs]
    outputs = np.asarray(network(inputs, training=False))
    assert np.ptp(outputs, axis=2).min() > 0


def test_attention_is_a_share_for_each_step_ahead_and_each_patch() -> None:
    keras = keras_runtime.start(3)
    shape = NetworkShape(patches=9, patch_columns=21, horizon=7, step_columns=14, units=4)
    network = build(keras, seq2seq_luong.output, shape)
    generator = np.random.default_rng(1)
    inputs = [generator.normal(size=(2, *part.shape[1:])).astype(np.float32) for part in network.inputs]
    weights = np.asarray(attention_weights(keras, network, inputs))
    assert weights.shape == (2, 7, 9)
    np.testing.assert_allclose(weights.sum(axis=2), 1, rtol=1e-5)


def test_carried_state_tells_of_more_than_the_look_back() -> None:
    settings = settings_with(FEW, stateful=True, look_back=14)
    values = rhythm(4, 120)
    panel = panel_of(values, settings=settings)
    model = RECIPES["lstm"].fit(panel, Training(settings, 1))
    assert isinstance(model, recipe.ClassicModel)
    assert len(carrying(model.network)) == 2
    earlier = values.copy()
    earlier[:, 80:90] *= 3  # before the look-back, its season and the mean over past seasons
    before, after = (forecast_of(model, panel_of(one, settings=settings)).quantiles for one in (values, earlier))
    assert not np.array_equal(before, after)
