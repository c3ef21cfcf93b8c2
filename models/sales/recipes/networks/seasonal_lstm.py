"""The default network: an encoder and a decoder, and a head that mixes what each step might repeat.

The encoder reads the look-back; the decoder starts from its state and reads, for all steps ahead at once and without
its own forecasts, the step's calendar, what is known ahead, and candidates (the same position in past seasons, their
means, the recent level). The median is a learned mix of the candidates plus a correction, so that seasonal naive is
where training starts from.
"""

from __future__ import annotations

from typing import Any

from models.sales.recipes.networks.outputs import mixed_outputs
from models.sales.recipes.networks.shape import NetworkInputs, NetworkShape


def build(keras: Any, inputs: NetworkInputs, shape: NetworkShape) -> Any:
    """The network's output, (H, 6)."""
    layers = keras.layers
    _, *state = layers.LSTM(shape.units, return_state=True)(inputs.past)
    ahead = layers.Concatenate()([inputs.candidates, inputs.steps])
    decoded = layers.LSTM(shape.units, return_sequences=True)(ahead, initial_state=state)
    hidden = layers.Dense(64, activation="silu")(layers.Concatenate()([decoded, ahead]))
    hidden = layers.Dense(48, activation="silu")(hidden)
    return mixed_outputs(keras, hidden, inputs)
