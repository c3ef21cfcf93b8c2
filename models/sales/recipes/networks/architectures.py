"""The architectures by name, and how a network of several members is built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.sales.recipes.networks import lstm, seasonal_lstm, seq2seq, seq2seq_luong
from models.sales.recipes.networks.outputs import OUTPUTS
from models.sales.recipes.networks.shape import NetworkInputs, NetworkShape

ARCHITECTURES: dict[str, Callable[[Any, NetworkInputs, NetworkShape], Any]] = {
    "seasonal_lstm": seasonal_lstm.build,
    "lstm": lstm.build,
    "seq2seq": seq2seq.build,
    "seq2seq_luong": seq2seq_luong.build,
}
"""How each architecture makes its output (H, 6) from its inputs."""


def build(keras: Any, architecture: str, shape: NetworkShape) -> Any:
    """A new network; its output is (H, 6).

    Args:
        keras: The module, from `models.common.keras_runtime.start`.
        architecture: One of `ARCHITECTURES`.
        shape: Sizes.
    """
    inputs = NetworkInputs.of(keras, shape)
    return keras.Model(inputs.all, ARCHITECTURES[architecture](keras, inputs, shape))


def join(keras: Any, architecture: str, shape: NetworkShape, weights: list[list[Any]]) -> Any:
    """One network of several members that share inputs and nothing else; its output is (H, members, 6).

    Args:
        keras: The module.
        architecture: One of `ARCHITECTURES`.
        shape: Sizes.
        weights: Of each member, as `get_weights` of a network of `build` gives them.
    """
    inputs, outputs = NetworkInputs.of(keras, shape), []
    for own in weights:
        member = build(keras, architecture, shape)
        member.set_weights(own)
        outputs.append(keras.layers.Reshape((shape.horizon, 1, OUTPUTS))(member(inputs.all)))
    return keras.Model(inputs.all, keras.layers.Concatenate(axis=2)(outputs) if len(outputs) > 1 else outputs[0])


def members_of(keras: Any, network: Any) -> list[Any]:
    """The members of a network of `join`."""
    return [layer for layer in network.layers if isinstance(layer, keras.Model)]
