from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.common.arrays import Floats
from nightcast.errors import InputError
from studies.series.settings import LstmConfiguration
from studies.series.training import Networks, train_networks, walk
from tests.studies.series.example import lstm, values

STATE = tuple[Floats, Floats]


def step(weights: list[Floats], inputs: Floats, state: STATE) -> tuple[float, STATE]:
    """One sample (T, F) through one LSTM layer and the dense one above it, gate by gate."""
    kernel, recurrent, bias, dense, dense_bias = weights
    hidden, cell = state
    for features in inputs:
        into, forget, new, out = np.split(features @ kernel + hidden @ recurrent + bias, 4)
        cell = cell / (1 + np.exp(-forget)) + np.tanh(new) / (1 + np.exp(-into))
        hidden = np.tanh(cell) / (1 + np.exp(-out))
    return float((hidden @ dense + dense_bias)[0]), (hidden, cell)


def forecasts(networks: Networks, configuration: LstmConfiguration, model: int) -> tuple[list[float], list[float]]:
    """Both parts, sample by sample, with the rules for the state spelt out."""
    weights = [np.asarray(part[model], np.float64) for part in networks.weights]
    zeros = (np.zeros(networks.shape.units[0]),) * 2
    left = zeros if networks.state is None else tuple(part[model, 0].astype(np.float64) for part in networks.state[0])
    begun = state = (left[0], left[1])
    parts: list[list[float]] = [[], []]
    for number, samples in enumerate((networks.framed.train, networks.framed.test)):
        if number and not configuration.seed_state:
            state = begun
        for inputs in samples.inputs:
            output, after = step(weights, inputs.astype(np.float64), state if configuration.stateful else zeros)
            state = zeros if configuration.forecast_reset else after
            parts[number].append(output)
    return parts[0], parts[1]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"framing": "window"},
        {"stateful": True},
        {"stateful": True, "forecast_reset": True},
        {"stateful": True, "seed_state": True},
        {"stateful": True, "seed_state": True, "forecast_reset": True},
        {"stateful": True, "reset": "never"},
        {"stateful": True, "reset": "never", "seed_state": True},
        {"batch_size": 3, "forecast_batch_size": 1, "train_last": 15, "stateful": True},
    ],
)
def test_both_parts_are_forecast_as_the_reference_does(change: dict[str, Any]) -> None:
    configuration, series = lstm(units=(2,), look_back=2, difference=1, scale=(-1, 1), **change), values(32)
    networks = train_networks(series, 20, configuration, 2, 5)
    forecast = walk(networks, configuration)
    for model in range(2):
        train, test = forecasts(networks, configuration, model)
        for part, expected in ((forecast.train, train), (forecast.test, test)):
            restored = networks.framed.restore(np.array([expected], np.float32), part.places)
            np.testing.assert_allclose(part.forecasts[model], restored[0], rtol=1e-4)


def test_batches_of_a_state_do_not_touch_each_other() -> None:
    configuration = lstm(stateful=True, batch_size=12, train_last=12)
    networks = train_networks(values(32), 20, configuration, 2, 5)
    together, alone = walk(networks, configuration), walk(networks, lstm(stateful=True, forecast_reset=True))
    np.testing.assert_allclose(together.test.forecasts, alone.test.forecasts, rtol=1e-5)


def test_training_fits_the_training_part_and_validation_stops_it() -> None:
    series = np.sin(np.arange(80.0))
    rest = {"units": (4,), "look_back": 4, "learning_rate": 0.01, "epochs": 60, "batch_size": 4}
    trained = walk(train_networks(series, 60, lstm(**rest), 2, 1), lstm(**rest)).scores(series)
    assert (trained["test_rmse"] < 0.3).all()
    stopped = lstm(**rest, validation=0.25, patience=1)
    assert (walk(train_networks(series, 60, stopped, 2, 1), stopped).scores(series)["test_rmse"] < 0.6).all()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"stateful": True, "batch_size": 4}, "19 samples"),
        ({"stateful": True, "batch_size": 8, "train_last": 16}, "12 samples"),
        ({"train_last": 20}, "19 samples"),
        ({"validation": 19, "patience": 1}, "uses 19 of 19"),
        ({"validation": 0.01, "patience": 1}, "uses 0 of 19"),
    ],
)
def test_samples_that_do_not_suffice_are_refused(change: dict[str, Any], reason: str) -> None:
    configuration = lstm(**change)
    with pytest.raises(InputError, match=reason) as caught:
        walk(train_networks(values(32), 20, configuration, 2, 1), configuration)
    assert caught.value.remedy
