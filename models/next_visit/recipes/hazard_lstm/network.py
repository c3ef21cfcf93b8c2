"""The network: an LSTM over the last intervals, whose state and the customer's summary enter a small head.

The head gives the log odds of a hazard for each bin but the last (Gensheimer and Narasimhan, 2019; Kvamme and
Borgan, 2021), as a correction to those of Pareto/NBD: before training the network is Pareto/NBD at its level.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.next_visit.features.customers import CHANNELS
from models.next_visit.settings import NextVisitSettings

HEAD_UNITS = 32
"""Size of the layer where state and summary meet; other sizes came within 0.001 in log loss."""

UNOBSERVED = -1.0


def build(keras: Any, settings: NextVisitSettings, features: int, hazards: int, dropout: Any = None) -> Any:
    """A network of independent members that learn side by side.

    Its sub-model ``encoder`` turns a sequence into the states and does not depend on the as-of, so that states
    could be kept until the next visit day. Inputs: sequence, summary and offset of `Features`; output: log odds
    (rows, members, hazards). `dropout` is a layer in place of Keras' own.
    """
    layers, size = keras.layers, settings.network
    drop = dropout or layers.Dropout
    encoder = build_encoder(keras, settings)
    sequence = keras.Input((settings.look_back, len(CHANNELS)), name="sequence")
    summary, offset = keras.Input((features,), name="summary"), keras.Input((hazards,), name="offset")
    states = encoder(sequence)
    outputs = []
    for member in range(size.members):
        own_state = states[member] if size.members > 1 else states
        meeting = layers.Concatenate()([own_state, summary])
        hidden = layers.Dense(HEAD_UNITS, activation="gelu")(meeting)
        hidden = drop(size.dropout)(hidden)
        correction = layers.Dense(hazards, kernel_initializer="zeros")(hidden)
        outputs.append(layers.Reshape((1, hazards))(layers.Add()([correction, offset])))
    joined = layers.Concatenate(axis=1)(outputs) if len(outputs) > 1 else outputs[0]
    return keras.Model([sequence, summary, offset], joined, name="next_visit")


def build_encoder(keras: Any, settings: NextVisitSettings) -> Any:
    """The part that reads the sequence: one LSTM for each member."""
    sequence = keras.Input((settings.look_back, len(CHANNELS)), name="intervals")
    states = [keras.layers.LSTM(settings.network.units)(sequence) for _ in range(settings.network.members)]
    return keras.Model(sequence, states if len(states) > 1 else states[0], name="encoder")


def quick_dropout(keras: Any) -> Any:
    """Keras' dropout with the same numbers, for a network of one member.

    There XLA computes Keras' own random numbers many times over, which takes longer than all else in a training step.
    """
    import tensorflow

    class QuickDropout(keras.layers.Dropout):  # type: ignore[misc]
        def call(self, inputs: Any, training: bool = False) -> Any:
            if not training or self.rate == 0:
                return inputs
            seed = tensorflow.cast(self.seed_generator.next(), tensorflow.int32)
            kept = tensorflow.random.stateless_uniform(tensorflow.shape(inputs), seed, alg="philox") >= self.rate
            return tensorflow.where(kept, inputs / (1 - self.rate), 0.0)

    return QuickDropout


def layers_of(network: Any, member: int, members: int) -> list[Any]:
    """The layers with variables of one member of a network that `build` made, in an order that all members share."""
    encoder = network.get_layer("encoder")
    alike: dict[Any, list[Any]] = {}
    for layer in (*encoder.layers, *network.layers):
        if layer.variables and layer is not encoder:
            alike.setdefault((type(layer), *(part.shape for part in layer.variables)), []).append(layer)
    return [layers[number] for layers in alike.values() for number in range(member, len(layers), members)]


def hazard_targets(label: NDArray[np.int64], seen: NDArray[np.bool_]) -> NDArray[np.float32]:
    """For each bin but the last: 1 if it has the visit, 0 if the visit is later, -1 if it is earlier or not known.

    Args:
        label: (rows,), the bin of the next visit, from 0.
        seen: (rows, hazards), whether the bin was seen whole.
    """
    bins = np.arange(seen.shape[1])
    visited, still_open = bins == label[:, None], bins < label[:, None]
    target = np.where(visited, 1.0, np.where(still_open, 0.0, UNOBSERVED))
    return np.where(seen, target, UNOBSERVED).astype(np.float32)


def hazard_loss(keras: Any) -> Any:
    """Negative log likelihood of discrete hazards, averaged over the members."""
    ops = keras.ops

    def loss(targets: Any, log_odds: Any) -> Any:
        targets = ops.expand_dims(targets, 1)
        each = ops.softplus(log_odds) - targets * log_odds
        observed = ops.cast(targets > UNOBSERVED / 2, log_odds.dtype)
        return ops.mean(ops.sum(each * observed, axis=2), axis=1)

    return loss


def bin_probabilities(log_odds: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probability of each bin, averaged over the members: (rows, hazards + 1) from (rows, members, hazards)."""
    odds = np.clip(log_odds.astype(np.float64), -30.0, 30.0)
    hazards = 1.0 / (1.0 + np.exp(-odds))
    reached = np.cumprod(np.concatenate([np.ones_like(hazards[:, :, :1]), 1.0 - hazards], axis=2), axis=2)
    ended = np.concatenate([hazards, np.ones_like(hazards[:, :, :1])], axis=2)
    each: NDArray[np.float64] = (reached * ended).mean(axis=1)
    each /= each.sum(axis=1, keepdims=True)
    return each
