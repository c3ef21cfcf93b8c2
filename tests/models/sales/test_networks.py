"""The LSTM family: every architecture trains, forecasts, and is read back as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from models.sales.recipes.constraints import QUANTILES
from models.sales.recipes.model import load_model
from models.sales.recipes.networks.architectures import ARCHITECTURES, build, join
from models.sales.recipes.networks.seq2seq_luong import attention_weights
from models.sales.recipes.networks.shape import NetworkShape

from models.common import keras_runtime
from models.sales.features.successions import carrying, succession
from models.sales.recipes.networks.fit import fit_network
from models.sales.settings import NETWORKS, STATISTICAL, SalesSettings
from tests.models.sales.shop import SMALL, panel_of, rhythm

FEW = SMALL.model_copy(update={"steps": 6, "refit_steps": 3, "members": 2})
FAMILY: list[tuple[str, dict[str, Any]]] = [
    ("seasonal_lstm", {}),
    ("lstm", {"framing": "window", "layers": 2}),
    ("lstm", {"framing": "regression", "preparation": ("logarithm", "difference")}),
    ("lstm", {"stateful": True, "batch_size": 4}),
    ("seq2seq", {"preparation": ("seasonal_difference",)}),
    ("seq2seq_luong", {}),
]


def test_the_settings_name_what_there_is() -> None:
    assert tuple(ARCHITECTURES) == NETWORKS
    SalesSettings(models=(*NETWORKS, *STATISTICAL, "seasonal_naive"))
    with pytest.raises(ValueError, match="Did you mean 'logarithm'"):
        SalesSettings(preparation=("logaritm",))


@pytest.mark.parametrize(("architecture", "options"), FAMILY)
def test_each_network_forecasts_in_order_and_is_read_back(
    architecture: str, options: dict[str, Any], tmp_path: Path
) -> None:
    panel, settings = panel_of(rhythm(6, 120)), FEW.model_copy(update=options)
    model = fit_network(panel, settings, 1, architecture=architecture)
    again = fit_network(panel, settings, 1, start=model, architecture=architecture)
    assert again.recipe == architecture
    mean, quantiles = again.predict(panel)
    assert mean.shape == (6, 7)
    assert np.isfinite(mean).all()
    assert (np.diff(quantiles, axis=2) >= 0).all()
    again.save(tmp_path)
    for ours, theirs in zip((mean, quantiles), load_model(tmp_path).predict(panel), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    changed = panel.values.copy()
    changed[:, -1] *= 1.5
    assert (again.predict(panel_of(changed))[0] != mean).any(axis=1).all()


def test_members_learn_by_themselves_and_their_median_is_taken() -> None:
    keras = keras_runtime.start(3)
    shape = NetworkShape(patches=9, patch_columns=21, horizon=7, step_columns=14, units=4)
    network = join(keras, "lstm", shape, [build(keras, "lstm", shape).get_weights() for _ in range(3)])
    assert network.output_shape == (None, 7, 3, len(QUANTILES) + 1)
    generator = np.random.default_rng(1)
    inputs = [generator.normal(size=(2, *part.shape[1:])).astype(np.float32) for part in network.inputs]
    found = np.asarray(network(inputs, training=False))
    assert np.ptp(found, axis=2).min() > 0


def test_attention_is_a_share_for_each_step_ahead_and_each_patch() -> None:
    keras = keras_runtime.start(3)
    shape = NetworkShape(patches=9, patch_columns=21, horizon=7, step_columns=14, units=4)
    network = build(keras, "seq2seq_luong", shape)
    generator = np.random.default_rng(1)
    inputs = [generator.normal(size=(2, *part.shape[1:])).astype(np.float32) for part in network.inputs]
    weights = np.asarray(attention_weights(keras, network, inputs))
    assert weights.shape == (2, 7, 9)
    np.testing.assert_allclose(weights.sum(axis=2), 1, rtol=1e-5)


def test_windows_that_carry_state_follow_each_other() -> None:
    found = succession(np.array([4, 7, 9]), last_origin=50, look_back=20, size=2)
    assert found.series.tolist() == [[4, 7]] * 3 + [[9, 4]] * 3
    assert found.origin[:, 0].tolist() == [10, 30, 50, 10, 30, 50]
    assert found.first.tolist() == [True, False, False] * 2


def test_carried_state_tells_of_more_than_the_look_back() -> None:
    settings = FEW.model_copy(update={"stateful": True, "batch_size": 4, "look_back": 14})
    values = rhythm(4, 120)
    panel = panel_of(values, settings=settings)
    model = fit_network(panel, settings, 1, architecture="lstm")
    assert len(carrying(model.network)) == 2
    earlier = values.copy()
    earlier[:, 80:90] *= 3  # before the look-back, its season and the mean over past seasons
    before, after = (model.predict(panel_of(one, settings=settings))[1] for one in (values, earlier))
    assert not np.array_equal(before, after)
