"""Networks of Keras, saved and computed without it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.common import keras_runtime
from models.common.forward.network import ForwardNetwork, of_keras, read_network
from models.sales.recipes import seasonal_lstm
from models.sales.recipes.networks.network import NetworkShape, build, join
from nightcast.errors import InputError

SHAPE = NetworkShape(5, 4, 3, 6, units=4)


@pytest.fixture(scope="module")
def keras() -> Any:
    return keras_runtime.start(3)


@pytest.fixture(scope="module")
def seasonal(keras: Any) -> Any:
    """Two members of the default network of sales, which has most operations."""
    weights = [build(keras, seasonal_lstm.output, SHAPE).get_weights() for _ in range(2)]
    return join(keras, seasonal_lstm.output, SHAPE, weights)


@pytest.fixture(scope="module")
def saved(seasonal: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "network.keras"
    keras_runtime.save_network(seasonal, path)
    return path


def rows(network: Any, count: int) -> list[Any]:
    generator = np.random.default_rng(0)
    return [generator.normal(size=(count, *tensor.shape[1:])).astype(np.float32) for tensor in network.inputs]


def test_the_default_network_of_sales_is_computed_as_by_keras(seasonal: Any, saved: Path) -> None:
    network, inputs = read_network(saved), rows(seasonal, 50)
    assert network is not None
    expected = np.asarray(seasonal(inputs, training=False))
    assert [one.shape for one in network.inputs] == [tuple(one.shape) for one in seasonal.inputs]
    assert network.output_shape == seasonal.output_shape
    np.testing.assert_allclose(network.predict_on_batch(inputs), expected, rtol=1e-5, atol=1e-5)


def test_a_network_that_was_read_is_saved_as_it_was(saved: Path, tmp_path: Path) -> None:
    network = read_network(saved)
    assert network is not None
    network.save(tmp_path / "again.keras")
    assert (tmp_path / "again.keras").read_bytes() == saved.read_bytes()


def test_a_network_with_an_unknown_layer_stays_with_keras(keras: Any) -> None:
    inputs = keras.Input((4,))
    network = keras.Model(inputs, keras.layers.LayerNormalization()(inputs))
    assert of_keras(network) is network


def test_a_layer_that_is_used_twice_stays_with_keras(keras: Any) -> None:
    inputs, dense = keras.Input((4,)), keras.layers.Dense(4)
    network = keras.Model(inputs, dense(dense(inputs)))
    assert of_keras(network) is network


def test_a_single_input_needs_no_list(keras: Any) -> None:
    inputs = keras.Input((4,))
    network = of_keras(keras.Model(inputs, keras.layers.Dense(2, activation="relu")(inputs)))
    assert isinstance(network, ForwardNetwork)
    assert network.graph(np.zeros((3, 4), np.float32)).shape == (3, 2)


def without_weights(config: bytes, weights: bytes) -> dict[str, bytes]:
    return {"config.json": config}


def with_cut_weights(config: bytes, weights: bytes) -> dict[str, bytes]:
    return {"config.json": config, "model.weights.h5": weights[: len(weights) // 2]}


def with_another_shape(config: bytes, weights: bytes) -> dict[str, bytes]:
    """A network whose input has one column more than its weights."""
    text = config.decode().replace('"batch_shape": [null, 5, 4]', '"batch_shape": [null, 5, 5]')
    assert text != config.decode()
    return {"config.json": text.encode(), "model.weights.h5": weights}


def with_a_vast_input(config: bytes, weights: bytes) -> dict[str, bytes]:
    text = config.decode().replace('"batch_shape": [null, 5, 4]', '"batch_shape": [null, 5, 4000000000]')
    return {"config.json": text.encode(), "model.weights.h5": weights}


def without_a_layer(config: bytes, weights: bytes) -> dict[str, bytes]:
    contents = json.loads(config)
    contents["config"]["layers"].pop()
    return {"config.json": json.dumps(contents).encode(), "model.weights.h5": weights}


DAMAGES = [without_weights, with_cut_weights, with_another_shape, with_a_vast_input, without_a_layer]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_an_input_error(
    saved: Path, tmp_path: Path, damage: Callable[[bytes, bytes], dict[str, bytes]]
) -> None:
    with zipfile.ZipFile(saved) as archive:
        parts = damage(archive.read("config.json"), archive.read("model.weights.h5"))
    with zipfile.ZipFile(tmp_path / "network.keras", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(InputError):
        read_network(tmp_path / "network.keras")


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read_network(tmp_path / "network.keras")
