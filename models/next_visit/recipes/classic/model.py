"""The model of both classic recipes: a network that classifies a customer's next interval.

It learns from completed intervals only: each visit with a later one makes a window, whose target is the class of the
interval between them. This is its known weakness: the open interval of a customer who has stayed away is in no window,
so the network assumes that everybody returns, and predicts too many visits. Conditioning on the elapsed time corrects
only a part of that. The classic form is kept for comparison; `models.next_visit.recipes.hazard_lstm` also learns from
customers who stayed away.

Customers with fewer intervals than the look-back, one-visit customers included, have windows padded on the left with
zeros, and a channel says which intervals exist; first intervals are targets like any other.

Where few training intervals are as long as a customer's elapsed time, the life table of all waits, including open ones,
takes over. It counts as much as `LIFE_TABLE_INTERVALS` training intervals of at least that length: hardly at usual
elapsed times, and alone beyond the longest training interval.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from models.common.keras_runtime import save_network
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.intervals import Rows
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.life_table import LifeTable
from models.next_visit.recipes.classic.channels import Inputs
from models.next_visit.recipes.classic.interval_bins import IntervalBins
from models.next_visit.recipes.classic.settings import ClassicSettings
from models.next_visit.recipes.classic.training import classified
from models.next_visit.recipes.classic.windows import Windows, windows_at
from models.next_visit.recipes.model import describe_model, for_everybody
from nightcast.values import Bins

NETWORK_FILE = "network.keras"
LIFE_TABLE_INTERVALS = 10.0
WINDOW_NUMBERS = 1 << 17
"""Visits in the windows that are held at a time."""

Metrics = dict[str, float]


@dataclass(frozen=True, eq=False)
class ClassicModel(ABC):
    """A trained classifier with everything that it needs to forecast.

    Attributes:
        bins: the bins of its forecasts, counted from the as-of.
        look_back: number of intervals that it reads.
        intervals: the classes of its network, and the training intervals in them.
        table: the life table for long elapsed times.
        amounts: mean and standard deviation of the logarithm of the training amounts.
        network: the Keras network.
        metrics: train_windows, test_windows and, if there are test windows, test_accuracy and test_log_loss of the
            classes of whole intervals, on windows that were held out at random.
    """

    bins: Bins
    look_back: int
    intervals: IntervalBins
    table: LifeTable
    amounts: tuple[float, float]
    network: Any
    metrics: Metrics

    recipe: ClassVar[str]

    @staticmethod
    @abstractmethod
    def build(keras: Any, settings: ClassicSettings, classes: int) -> Any:
        """A network from windows to the probabilities of the classes, not yet trained."""

    @staticmethod
    @abstractmethod
    def inputs(windows: Windows, amounts: tuple[float, float]) -> Inputs:
        """The inputs of the network for these windows."""

    def probabilities(self, known: CustomerBase) -> NDArray[np.float64]:
        """See `models.next_visit.recipes.model.NextVisitModel.probabilities`."""
        chunk = max(1, WINDOW_NUMBERS // self.look_back)
        parts = [self._blended(known.history, rows) for rows in known.rows.chunks(chunk)]
        return for_everybody(known, np.concatenate([np.empty((0, self.bins.count)), *parts]))

    def _blended(self, history: VisitHistory, rows: Rows) -> NDArray[np.float64]:
        elapsed = rows.elapsed(history)
        first = history.offsets[rows.customer]
        windows = windows_at(first, rows.end - 1, history.day, history.amount, self.look_back)
        classes = classified(self.network, self.inputs(windows, self.amounts))
        own = self.intervals.from_as_of(classes, elapsed, self.bins)
        theirs = self.table.probabilities(elapsed, rows.visit_days(history), self.bins)
        weight = LIFE_TABLE_INTERVALS / (LIFE_TABLE_INTERVALS + self.intervals.seen(elapsed))[:, None]
        return own + weight * (theirs - own)

    def save(self, folder: Path) -> None:
        """Write network and numbers into `folder`, which is created where it is missing."""
        numbers = {
            "look_back": self.look_back,
            "amounts": list(self.amounts),
            "metrics": self.metrics,
            "intervals": self.intervals.describe(),
            "hazards": self.table.describe(),
        }
        describe_model(folder, self.recipe, self.bins, numbers)
        save_network(self.network, folder / NETWORK_FILE)

    @classmethod
    def shapes(cls, look_back: int, classes: int) -> list[tuple[int, ...]]:
        """Shapes of the network's inputs and of its output, without the rows."""
        nothing = np.zeros(0, dtype=np.int64)
        none = windows_at(nothing, nothing, nothing, np.zeros(0), max(look_back, 1))
        return [*(part.shape[1:] for part in cls.inputs(none, (0.0, 1.0))), (classes,)]
