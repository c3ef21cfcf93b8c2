"""The recipe ``multi_sequence``: several sequences for each customer, merged before the dense layers.

The intervals, the amounts and the weekdays of a customer's last visits go through stacked LSTM layers of their own,
whose final states are joined and enter the dense layers under a softmax over classes of the next interval. Otherwise it
is like `models.next_visit.recipes.classic.interval_classifier`, with the same weakness.
"""

from __future__ import annotations

from typing import Any, ClassVar

from models.next_visit.recipes.classic.channels import (
    WEEKDAYS,
    Inputs,
    amount_channels,
    interval_channels,
    weekday_channels,
)
from models.next_visit.recipes.classic.interval_classifier import dense_layers, lstm_layers
from models.next_visit.recipes.classic.model import ClassicModel
from models.next_visit.recipes.classic.settings import ClassicSettings
from models.next_visit.recipes.classic.windows import Windows

NAME = "multi_sequence"
SEQUENCES = {"intervals": 2, "amounts": 2, "weekdays": WEEKDAYS}
"""The sequences, and how many channels each has."""


class MultiSequenceModel(ClassicModel):
    """A trained `multi_sequence`."""

    recipe: ClassVar[str] = NAME

    @staticmethod
    def build(keras: Any, settings: ClassicSettings, classes: int) -> Any:
        """A network from one (rows, look_back, channels) for each of `SEQUENCES` to (rows, classes)."""
        sequences = [keras.Input((settings.look_back, channels), name=name) for name, channels in SEQUENCES.items()]
        states = [lstm_layers(keras, settings, sequence) for sequence in sequences]
        merged = keras.layers.Concatenate()(states)
        return keras.Model(sequences, dense_layers(keras, settings, classes, merged), name=NAME)

    @staticmethod
    def inputs(windows: Windows, amounts: tuple[float, float]) -> Inputs:
        """The sequences in the order of `SEQUENCES`."""
        return [interval_channels(windows), amount_channels(windows, amounts), weekday_channels(windows)]
