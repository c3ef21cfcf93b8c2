from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.common import keras_runtime
from models.common.recipe import Training
from models.sales.recipes.networks import trainer
from models.sales.recipes.networks.network import NetworkShape
from models.sales.recipes.seasonal_lstm import SEASONAL_LSTM
from tests.models.sales.shop import panel_of, rhythm, settings_with


def weights_of(units: int, seed: int) -> list[Any]:
    settings = settings_with(units=units, steps=2)
    fitted = SEASONAL_LSTM.fit(panel_of(rhythm(4, 100), settings=settings), Training(settings, seed))
    return list(fitted.network.get_weights())


def test_a_kept_loop_trains_as_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[Any, Any] = {}
    monkeypatch.setattr(trainer, "_kept", kept)
    new = weights_of(2, 1)
    (loop,) = kept.values()
    other = weights_of(2, 2)
    assert [*kept.values()] == [loop]
    again = weights_of(2, 1)
    assert [*kept.values()] == [loop]
    for one, same in zip(new, again, strict=True):
        np.testing.assert_array_equal(one, same)
    assert any((one != different).any() for one, different in zip(new, other, strict=True))


def test_the_loop_that_was_used_the_longest_ago_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[Any, Any] = {}
    monkeypatch.setattr(trainer, "_kept", kept)
    monkeypatch.setattr(trainer, "LOOPS", 2)
    keras = keras_runtime.start(1)
    for units in (2, 3, 2, 4):
        shape = NetworkShape(patches=9, patch_columns=21, horizon=7, step_columns=14, units=units)
        trainer.Trainer(keras, SEASONAL_LSTM.output, shape)
    assert [shape.units for _, shape in kept] == [2, 4]
