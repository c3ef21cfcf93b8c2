"""The recipe ``interval_classifier``: stacked LSTM layers over a customer's last intervals.

The classic form: LSTM layers with dropout, and dense layers under a softmax, classify the next interval in calendar
days from a look-back window of the intervals before it. RMSprop, categorical cross-entropy, a random split of the
windows. It learns from completed intervals only and therefore predicts too many visits; see
`models.next_visit.recipes.classic.model`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from models.next_visit.recipes.classic.channels import Inputs, interval_channels
from models.next_visit.recipes.classic.model import ClassicModel
from models.next_visit.recipes.classic.settings import ClassicSettings
from models.next_visit.recipes.classic.windows import Windows

NAME = "interval_classifier"
UNROLLED = 8
"""Longest look-back whose steps are unrolled, which compiles to a faster program."""


class IntervalClassifierModel(ClassicModel):
    """A trained `interval_classifier`."""

    recipe: ClassVar[str] = NAME

    @staticmethod
    def build(keras: Any, settings: ClassicSettings, classes: int) -> Any:
        """A network from (rows, look_back, 2) to (rows, classes)."""
        sequence = keras.Input((settings.look_back, 2), name="intervals")
        output = dense_layers(keras, settings, classes, lstm_layers(keras, settings, sequence))
        return keras.Model(sequence, output, name=NAME)

    @staticmethod
    def inputs(windows: Windows, amounts: tuple[float, float]) -> Inputs:
        """The intervals alone."""
        return [interval_channels(windows)]


def lstm_layers(keras: Any, settings: ClassicSettings, sequence: Any) -> Any:
    """Stacked LSTM layers, each with dropout behind it; the last gives its final state: (rows, units).

    Between two layers a unit is dropped for the whole sequence (Gal and Ghahramani, 2016): drawing a number for
    every step takes longer than the rest of the training.
    """
    unroll, top = settings.look_back <= UNROLLED, len(settings.units) - 1
    for level, units in enumerate(settings.units):
        sequence = keras.layers.LSTM(units, return_sequences=level < top, unroll=unroll)(sequence)
        shape = (None, 1, units) if level < top else None
        sequence = keras.layers.Dropout(settings.dropout, noise_shape=shape)(sequence)
    return sequence


def dense_layers(keras: Any, settings: ClassicSettings, classes: int, state: Any) -> Any:
    """Dense layers, and a softmax over the classes."""
    for units in settings.dense_units:
        state = keras.layers.Dense(units, activation="relu")(state)
    return keras.layers.Dense(classes, activation="softmax")(state)
