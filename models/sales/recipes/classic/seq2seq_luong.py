"""Sequence to sequence with Luong's attention.

Luong, Pham and Manning (2015), with the dot score: for each step ahead, the softmax of the dot products of decoder and
encoder states gives the weight of every time step of the look-back. The weighted sum of encoder states, the context, is
joined with the decoder's state before the dense layer.
"""

from __future__ import annotations

from typing import Any

from models.sales.recipes.classic.seq2seq import encode_and_decode, normalised_outputs
from models.sales.recipes.networks.network import NetworkInputs, NetworkShape


def output(keras: Any, inputs: NetworkInputs, shape: NetworkShape) -> Any:
    """The network's output, (H, Q + 1)."""
    encoded, decoded = encode_and_decode(keras, inputs, shape)
    context = keras.layers.Attention(score_mode="dot")([decoded, encoded])
    return normalised_outputs(keras, keras.layers.Concatenate()([decoded, context]), inputs)


def attention_weights(keras: Any, network: Any, arrays: list[Any]) -> Any:
    """The weights of each step ahead, (n, H, patches), each row summing to 1.

    Args:
        keras: The module.
        network: A member of a network of this recipe.
        arrays: Inputs of n windows, see `models.sales.features.inputs.Inputs.arrays`.
    """
    layer = next(layer for layer in network.layers if isinstance(layer, keras.layers.Attention))
    states = keras.Model(network.inputs, layer.input)(arrays, training=False)
    _, weights = layer(states, return_attention_scores=True)
    return weights
