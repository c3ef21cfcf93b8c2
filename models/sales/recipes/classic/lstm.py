"""The plain LSTM: the state at the end of the window gives all steps ahead at once.

Its framing says how the LSTM reads the window: ``regression`` only the latest patch as one time step, ``window`` the
whole look-back as the features of one time step, ``time_steps`` each patch as a time step. LSTM layers can be stacked,
and the state can be carried from one window of a series to the next (``stateful``).
"""

from __future__ import annotations

from typing import Any

from models.sales.recipes.networks.network import NetworkInputs, NetworkShape
from models.sales.recipes.networks.outputs import plain_outputs


def output(keras: Any, inputs: NetworkInputs, shape: NetworkShape) -> Any:
    """The network's output, (H, Q + 1)."""
    layers, current = keras.layers, _framed(keras, inputs.past, shape.framing)
    for number in range(shape.layers):
        last = number == shape.layers - 1
        current = layers.LSTM(shape.units, return_sequences=not last, stateful=shape.stateful is not None)(current)
    repeated = layers.RepeatVector(shape.horizon)(current)
    hidden = layers.Dense(48, activation="relu")(layers.Concatenate()([repeated, inputs.steps]))
    return plain_outputs(keras, hidden, inputs)


def _framed(keras: Any, past: Any, framing: str) -> Any:
    patches, columns = past.shape[1:]
    if framing == "regression":
        return past[:, -1:, :]
    if framing == "window":
        return keras.layers.Reshape((1, patches * columns))(past)
    return past
