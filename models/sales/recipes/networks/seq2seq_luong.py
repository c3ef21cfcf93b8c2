"""Sequence to sequence with Luong's attention.

Luong, Pham and Manning (2015), the dot score: each step ahead looks at every time step of the look-back, the softmax of
the dot products of decoder and encoder states weighs the encoder states, and the context so made is joined with the
decoder's state before the dense layer.
"""

from __future__ import annotations

from typing import Any

from models.sales.recipes.networks.seq2seq import encode_and_decode, outputs
from models.sales.recipes.networks.shape import NetworkInputs, NetworkShape


def build(keras: Any, inputs: NetworkInputs, shape: NetworkShape) -> Any:
    """The network's output, (H, 6)."""
    encoded, decoded = encode_and_decode(keras, inputs, shape)
    context = keras.layers.Attention(score_mode="dot")([decoded, encoded])
    return outputs(keras, keras.layers.Concatenate()([decoded, context]), inputs)


def attention_weights(keras: Any, network: Any, arrays: list[Any]) -> Any:
    """What each step ahead looked at, (n, H, patches), each row summing to 1.

    Args:
        keras: The module.
        network: One that was built with this architecture.
        arrays: Inputs of n windows, see `models.sales.features.inputs.Inputs.arrays`.
    """
    layer = next(layer for layer in network.layers if isinstance(layer, keras.layers.Attention))
    states = keras.Model(network.inputs, layer.input)(arrays, training=False)
    _, weights = layer(states, return_attention_scores=True)
    return weights
