"""Sequence to sequence: an encoder, its last state repeated for each step ahead, and a decoder.

Sutskever, Vinyals and Le (2014), as used for series: the decoder starts from the encoder's state and never reads its
own forecasts. ELU units, batch normalisation of the state and of the decoder's output.
"""

from __future__ import annotations

from typing import Any

from models.sales.recipes.networks.network import NetworkInputs, NetworkShape
from models.sales.recipes.networks.outputs import plain_outputs


def output(keras: Any, inputs: NetworkInputs, shape: NetworkShape) -> Any:
    """The network's output, (H, Q + 1)."""
    _, decoded = encode_and_decode(keras, inputs, shape)
    return normalised_outputs(keras, decoded, inputs)


def encode_and_decode(keras: Any, inputs: NetworkInputs, shape: NetworkShape) -> tuple[Any, Any]:
    """The encoder's state at each time step (patches, units), and the decoder's at each step ahead (H, units)."""
    layers = keras.layers
    encoder = layers.LSTM(shape.units, activation="elu", return_sequences=True, return_state=True)
    encoded, last, cell = encoder(inputs.past)
    last, cell = layers.BatchNormalization(momentum=0.6)(last), layers.BatchNormalization(momentum=0.6)(cell)
    repeated = layers.Concatenate()([layers.RepeatVector(shape.horizon)(last), inputs.steps])
    decoder = layers.LSTM(shape.units, activation="elu", return_sequences=True)
    return encoded, decoder(repeated, initial_state=[last, cell])


def normalised_outputs(keras: Any, decoded: Any, inputs: NetworkInputs) -> Any:
    """Normalised, and joined with what is known of each step, before the dense layers."""
    normalised = keras.layers.BatchNormalization(momentum=0.6)(decoded)
    hidden = keras.layers.Concatenate()([normalised, inputs.steps])
    return plain_outputs(keras, keras.layers.Dense(48, activation="elu")(hidden), inputs)
