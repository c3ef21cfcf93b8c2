"""Sequence to sequence, with and without Luong's attention, as usual for noisy waves.

Sutskever, Vinyals and Le (2014): an encoder reads the window; its last hidden state, repeated for each step ahead, is
what the decoder reads, starting from the encoder's last states. Luong, Pham and Manning (2015): the softmax of the dot
products of the decoder's and the encoder's states weighs the encoder's states, and the context so made is joined with
the decoder's states before the dense layer. The networks of sales know more of each step ahead, and forecast quantiles.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from models.common.arrays import Floats, Singles
from studies.waves.settings import WavesConfiguration, WindowSettings

ACTIVATION = "elu"


def build(keras: Any, configuration: WavesConfiguration, window: WindowSettings, series: int) -> Any:
    """A network from (n, look-back, series) to (n, horizon, series)."""
    layers, units = keras.layers, configuration.units
    normalise = [layers.BatchNormalization(momentum=configuration.momentum) for _ in range(3)]
    past = keras.Input((window.look_back, series), name="past")
    encoder = layers.LSTM(units, activation=ACTIVATION, return_state=True, return_sequences=True, name="encoder")
    encoded, hidden, cell = encoder(past)
    state = [normalise[0](hidden), normalise[1](cell)]
    decoder = layers.LSTM(units, activation=ACTIVATION, return_sequences=True, name="decoder")
    decoded = decoder(layers.RepeatVector(window.horizon)(state[0]), initial_state=state)
    if configuration.model == "seq2seq_luong":
        context = layers.Attention(score_mode="dot", name="attention")([decoded, encoded])
        decoded = layers.Concatenate()([normalise[2](context), decoded])
    return keras.Model(past, layers.TimeDistributed(layers.Dense(series))(decoded))


def attention_weights(keras: Any, network: Any, past: Singles) -> Floats:
    """What each step ahead looked at, (n, horizon, look-back), each row summing to 1.

    Args:
        keras: The module.
        network: One with attention.
        past: (n, look-back, series).
    """
    layer = network.get_layer("attention")
    states = keras.Model(network.inputs, layer.input)([past], training=False)
    _, weights = layer(states, return_attention_scores=True)
    return np.asarray(weights, np.float64)


def described(network: Any) -> str:
    """The layers with the shapes of what they give and the number of their weights, in one line."""
    parts = [f"{layer.name} {_shape(layer)}" for layer in network.layers]
    return f"{' > '.join(parts)}; {network.count_params():,} weights"


def _shape(layer: Any) -> str:
    output = layer.output[0] if isinstance(layer.output, (list, tuple)) else layer.output
    return " x ".join(str(size) for size in output.shape[1:])
