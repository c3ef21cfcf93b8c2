"""Sequence to sequence, with and without Luong's attention, as the tutorials build it.

Sutskever, Vinyals and Le (2014), "Sequence to Sequence Learning with Neural Networks": an encoder reads the window. The
decoder starts from the encoder's last states, and reads the last hidden state at each step ahead. Luong, Pham and
Manning (2015), "Effective Approaches to Attention-based Neural Machine Translation": the softmax of the dot products of
the decoder's and the encoder's states weighs the encoder's states; the resulting context is concatenated with the
decoder's states before the dense layer.
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
    """The weight of each time step of the window in each step ahead, (n, horizon, look-back); rows sum to 1.

    Args:
        keras: The module.
        network: A network with attention.
        past: (n, look-back, series).
    """
    layer = network.get_layer("attention")
    states = keras.Model(network.inputs, layer.input)([past], training=False)
    _, weights = layer(states, return_attention_scores=True)
    return np.asarray(weights, np.float64)


def described(network: Any) -> str:
    """The layers with the shapes of their outputs, and the number of weights, in one line."""
    parts = [f"{layer.name} {_shape(layer)}" for layer in network.layers]
    return f"{' > '.join(parts)}; {network.count_params():,} weights"


def _shape(layer: Any) -> str:
    output = layer.output[0] if isinstance(layer.output, (list, tuple)) else layer.output
    return " x ".join(str(size) for size in output.shape[1:])
