"""The default network: an encoder and a decoder, and a head that mixes the values that each step might repeat.

The encoder reads the look-back. The decoder starts from its state and reads, for all steps ahead at once and never its
own forecasts, the step's calendar, what is known ahead, and candidates: the same position in past seasons, their means,
the recent level. The median is a learned mix of the candidates plus a correction: training starts near seasonal naive.
"""

from __future__ import annotations

from typing import Any

from models.sales.features.inputs import CANDIDATES
from models.sales.recipes.networks.fit import NetworkRecipe
from models.sales.recipes.networks.network import NetworkInputs, NetworkShape
from models.sales.recipes.networks.outputs import REST, joined, ratio_of


def output(keras: Any, inputs: NetworkInputs, shape: NetworkShape) -> Any:
    """The network's output, (H, Q + 1)."""
    layers = keras.layers
    _, *state = layers.LSTM(shape.units, return_state=True)(inputs.past)
    ahead = layers.Concatenate()([inputs.candidates, inputs.steps])
    decoded = layers.LSTM(shape.units, return_sequences=True)(ahead, initial_state=state)
    hidden = layers.Dense(64, activation="silu")(layers.Concatenate()([decoded, ahead]))
    hidden = layers.Dense(48, activation="silu")(hidden)
    return mixed_outputs(keras, hidden, inputs)


def mixed_outputs(keras: Any, hidden: Any, inputs: NetworkInputs) -> Any:
    """Median and mean as learned mixes of the candidates, each corrected; (H, Q + 1).

    Args:
        keras: The module.
        hidden: (H, n).
        inputs: Inputs of the network, for candidates and spread.
    """
    candidates = inputs.candidates
    # One layer for the whole head and one sum for the quantiles: TensorFlow adds three or more gradients of one tensor
    # in the order in which they arrive, and no two trainings would be the same.
    given = keras.layers.Dense(2 * CANDIDATES + 1 + REST)(hidden)
    mixes, rest = given[:, :, : 2 * CANDIDATES], given[:, :, 2 * CANDIDATES :]
    median = _mix(keras.ops, mixes[:, :, :CANDIDATES], candidates) + rest[:, :, 0:1]
    mean = _mix(keras.ops, mixes[:, :, CANDIDATES:], ratio_of(keras.ops, candidates))
    return joined(keras, median, mean, rest[:, :, 1:], inputs.spread)


def _mix(ops: Any, weights: Any, candidates: Any) -> Any:
    return ops.sum(ops.softmax(weights, axis=2) * candidates, axis=2, keepdims=True)


SEASONAL_LSTM = NetworkRecipe("seasonal_lstm", output)
"""The recipe of the default network."""
