"""What the two classic architectures share: a network that classifies a customer's next interval.

It learns from completed intervals alone: each visit that another one followed is a window, whose target is the
class of the interval in between. That is also its known weakness: the open interval of a customer who has stayed
away is in no window, so the network believes that everybody comes back, and promises too many visits. Conditioning
on the elapsed time repairs only a part of that. The classic form is kept so, for comparison; see
`models.next_visit.recipes.hazard_lstm.model` for one that learns from those who stayed away too.

Customers with fewer intervals than the look-back, one-visit customers included, have windows padded on the left
with zeros, and a channel says which intervals are there; first intervals are targets like any other.

Where few waited as long as a customer has, the life table of all waits, open ones included, takes over: its row
counts as much as `LIFE_TABLE_INTERVALS` training intervals that were at least as long as the elapsed time. So it
hardly counts at usual elapsed times, and it alone answers beyond the longest training interval.
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from models.common.keras_runtime import start
from models.common.selection import Progress, no_progress
from models.next_visit.data.intervals import Rows, known_rows, waits
from models.next_visit.data.visits import VisitHistory
from models.next_visit.recipes.artifact import attempt, malformed, write_description
from models.next_visit.recipes.classic.channels import Inputs, amount_moments
from models.next_visit.recipes.classic.interval_bins import IntervalBins
from models.next_visit.recipes.classic.settings import ClassicSettings
from models.next_visit.recipes.classic.training import chosen, classified, split, tested, train
from models.next_visit.recipes.classic.windows import (
    Windows,
    completed_intervals,
    first_visits,
    spread_evenly,
    windows_at,
)
from models.next_visit.recipes.life_table import LifeTable, life_table_from
from nightcast.values import Bins

NETWORK_FILE = "network.keras"
LIFE_TABLE_INTERVALS = 10.0
SCORED_NUMBERS = 1 << 17
"""Visits in the windows that are scored at a time."""
WINDOW_NUMBERS = 4_000_000
"""Most visits that the training windows may hold: 200 MB as inputs of the larger network."""

Metrics = dict[str, float]


@dataclass(frozen=True, eq=False)
class ClassicModel(ABC):
    """A trained classifier with what it needs to read a history.

    Attributes:
        bins: those that it gives probabilities of, counted from the as-of.
        look_back: how many intervals it reads.
        intervals: the classes that its network knows, and the training intervals in them.
        table: the life table where few waited as long.
        amounts: mean and spread of the logarithm of the training amounts.
        network: the Keras network.
        metrics: train_windows, test_windows and, where there are any of those, test_accuracy and test_log_loss of
            the classes of whole intervals, on the windows kept out at random.
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
        """What the network reads of these windows."""

    @classmethod
    def fit(
        cls,
        history: VisitHistory,
        as_of: int,
        bins: Bins,
        settings: ClassicSettings,
        seed: int,
        progress: Progress = no_progress,
    ) -> Self:
        """Train the network on the intervals completed before `as_of`; defined for any history, an empty one too."""
        known = history.before(as_of)
        first = first_visits(np.repeat(np.arange(known.customers), known.visit_days))
        last, days = completed_intervals(first, known.day)
        intervals = IntervalBins.fit(settings.interval_edges_days, days)
        taken = spread_evenly(days.size, min(settings.windows, WINDOW_NUMBERS // settings.look_back))
        last, days = last[taken], days[taken]
        amounts = amount_moments(known.amount)
        inputs = cls.inputs(windows_at(first[last], last, known.day, known.amount, settings.look_back), amounts)
        learnt, kept_out = split(days.size, settings.test_share, seed)
        keras, targets = start(seed), intervals.one_hot(days)
        network = train(keras, cls.build, chosen(inputs, learnt), targets[learnt], settings, seed, progress)
        metrics = {"train_windows": float(learnt.size), **tested(network, chosen(inputs, kept_out), targets[kept_out])}
        table = LifeTable.fit(waits(known, as_of))
        return cls(bins, settings.look_back, intervals, table, amounts, network, metrics)

    def probabilities(self, history: VisitHistory, as_of: int) -> NDArray[np.float64]:
        """Probability of each bin for every customer (n, K); see `models.next_visit.recipes.model.NextVisitModel`."""
        rows = known_rows(history, as_of)
        result = np.full((history.customers, self.bins.count), 1.0 / self.bins.count)
        chunk = max(1, SCORED_NUMBERS // self.look_back)
        for begin in range(0, rows.customer.size, chunk):
            part = rows.part(begin, begin + chunk)
            result[part.customer] = self._blended(history, part)
        return result

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
        """Write architecture, weights and numbers into `folder`, which is made where it is missing."""
        numbers = {
            "look_back": self.look_back,
            "amounts": list(self.amounts),
            "metrics": self.metrics,
            "intervals": self.intervals.describe(),
            "hazards": self.table.hazards.tolist(),
        }
        write_description(folder, self.recipe, self.bins, numbers)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Keras copies TensorFlow variables the NumPy 1 way
            self.network.save(folder / NETWORK_FILE)

    @classmethod
    def load(cls, folder: Path, description: dict[str, Any], bins: Bins) -> Self:
        """The model that `save` wrote.

        Raises:
            InputError: if a part is missing, malformed, or does not fit the others.
        """
        look_back = attempt(lambda: int(description["look_back"]), "the look-back")
        mean, spread = attempt(lambda: np.asarray(description["amounts"], dtype=float).reshape(2), "the amounts")
        metrics = attempt(lambda: {k: float(v) for k, v in description["metrics"].items()}, "the metrics")
        intervals = IntervalBins.described(description.get("intervals"))
        table = life_table_from(description.get("hazards"))
        if not (np.isfinite(mean) and np.isfinite(spread) and spread > 0):
            raise malformed("the scale of its amounts is not finite")
        keras = start(0)
        network = attempt(
            lambda: keras.saving.load_model(folder / NETWORK_FILE, compile=False, safe_mode=True), NETWORK_FILE
        )
        shapes = attempt(lambda: [tuple(one.shape[1:]) for one in [*network.inputs, *network.outputs]], NETWORK_FILE)
        if shapes != cls._shapes(look_back, intervals.classes):
            raise malformed(f"{NETWORK_FILE} is not for {look_back} intervals and {intervals.classes} classes")
        return cls(bins, look_back, intervals, table, (float(mean), float(spread)), network, metrics)

    @classmethod
    def _shapes(cls, look_back: int, classes: int) -> list[tuple[int, ...]]:
        """Shapes of the network's inputs and of its output, without the rows."""
        nothing = np.zeros(0, dtype=np.int64)
        none = windows_at(nothing, nothing, nothing, np.zeros(0), max(look_back, 1))
        return [*(part.shape[1:] for part in cls.inputs(none, (0.0, 1.0))), (classes,)]
