"""The architecture ``interval_classifier``: stacked LSTM layers over a customer's last intervals.

The classic form: the next interval in calendar days falls into one of a few classes, and LSTM layers with dropout
and dense layers under a softmax tell which, from a look-back window of the intervals before it. RMSprop,
categorical cross-entropy, a random split of the windows. It learns from completed intervals only and therefore
promises too many visits; see `models.next_visit.recipes.classic.model`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from models.common.selection import Progress, no_progress
from models.next_visit.data.visits import VisitHistory
from models.next_visit.recipes.classic.channels import Inputs, interval_channels
from models.next_visit.recipes.classic.model import ClassicModel
from models.next_visit.recipes.classic.settings import ClassicSettings
from models.next_visit.recipes.classic.windows import Windows
from models.next_visit.settings import NextVisitSettings
from nightcast.values import Bins

RECIPE = "interval_classifier"
UNROLLED = 8
"""Longest look-back whose steps are written out one by one, which compiles to a faster program."""


class IntervalClassifierModel(ClassicModel):
    """A trained `interval_classifier`."""

    recipe: ClassVar[str] = RECIPE

    @staticmethod
    def build(keras: Any, settings: ClassicSettings, classes: int) -> Any:
        """A network from (rows, look_back, 2) to (rows, classes)."""
        sequence = keras.Input((settings.look_back, 2), name="intervals")
        output = dense_layers(keras, settings, classes, lstm_layers(keras, settings, sequence))
        return keras.Model(sequence, output, name=RECIPE)

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


def fit_interval_classifier(
    history: VisitHistory, as_of: int, settings: NextVisitSettings, seed: int, progress: Progress = no_progress
) -> IntervalClassifierModel:
    """Train the architecture on what was known at `as_of`; defined for any history, an empty one too."""
    return IntervalClassifierModel.fit(history, as_of, settings.bins, settings.classic, seed, progress)


def load(folder: Path, description: dict[str, Any], bins: Bins) -> IntervalClassifierModel:
    """The model that `IntervalClassifierModel.save` wrote.

    Raises:
        InputError: if a part is missing, malformed, or does not fit the others.
    """
    return IntervalClassifierModel.load(folder, description, bins)
