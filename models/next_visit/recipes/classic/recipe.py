"""Training a classic recipe on a shop's intervals, and loading it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.common.description import attempt, damaged
from models.common.keras_runtime import load_network, start
from models.common.recipe import Description
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.features.background import life_table_of
from models.next_visit.features.life_table import LifeTable
from models.next_visit.recipes.classic.channels import amount_moments
from models.next_visit.recipes.classic.interval_bins import IntervalBins
from models.next_visit.recipes.classic.model import NETWORK_FILE, ClassicModel
from models.next_visit.recipes.classic.training import chosen, split, tested, train
from models.next_visit.recipes.classic.windows import completed_intervals, first_visits, spread_evenly, windows_at
from models.next_visit.recipes.model import NextVisitTraining, bins_of

TEST_SHARE = 0.2
"""Share of the windows held out at random, to test the classifier on, as the tutorials do."""

MOST_WINDOWS = 60_000
"""More are sampled down evenly; on more the accuracy of these small networks no longer rises."""

WINDOW_NUMBERS = 4_000_000
"""Most visits that the training windows may hold: 200 MB as inputs of the larger network."""


@dataclass(frozen=True)
class ClassicRecipe:
    """Trains a classic network on the intervals completed before the as-of; defined for any history."""

    model: type[ClassicModel]

    @property
    def name(self) -> str:
        """The recipe's name."""
        return self.model.recipe

    def fit(self, known: CustomerBase, training: NextVisitTraining) -> ClassicModel:
        """See `models.common.recipe.Recipe.fit`."""
        history, classic = known.history, training.settings.classic
        first = first_visits(np.repeat(np.arange(history.customers), history.visit_days))
        last, days = completed_intervals(first, history.day)
        intervals = IntervalBins.fit(classic.interval_edges_days, days)
        taken = spread_evenly(days.size, min(MOST_WINDOWS, WINDOW_NUMBERS // classic.look_back))
        last, days = last[taken], days[taken]
        amounts = amount_moments(history.amount)
        windows = windows_at(first[last], last, history.day, history.amount, classic.look_back)
        inputs, targets = self.model.inputs(windows, amounts), intervals.one_hot(days)
        learnt, held_out = split(days.size, TEST_SHARE, training.seed)
        keras = start(training.seed)
        network = train(keras, self.model.build, chosen(inputs, learnt), targets[learnt], training)
        metrics = {"train_windows": float(learnt.size), **tested(network, chosen(inputs, held_out), targets[held_out])}
        return self.model(
            training.settings.bins, classic.look_back, intervals, life_table_of(known), amounts, network, metrics
        )

    def load(self, folder: Path, description: Description) -> ClassicModel:
        """See `models.common.recipe.Recipe.load`."""
        look_back = attempt(lambda: int(description["look_back"]), "the look-back")
        mean, deviation = attempt(lambda: np.asarray(description["amounts"], dtype=float).reshape(2), "the amounts")
        metrics = attempt(lambda: {k: float(v) for k, v in description["metrics"].items()}, "the metrics")
        intervals = IntervalBins.described(description.get("intervals"))
        table = LifeTable.described(description.get("hazards"))
        if not (np.isfinite(mean) and np.isfinite(deviation) and deviation > 0):
            raise damaged("the scale of its amounts is not finite")
        network = load_network(folder / NETWORK_FILE)
        shapes = attempt(lambda: [tuple(one.shape[1:]) for one in [*network.inputs, *network.outputs]], NETWORK_FILE)
        if shapes != self.model.shapes(look_back, intervals.classes):
            raise damaged(f"{NETWORK_FILE} is not for {look_back} intervals and {intervals.classes} classes")
        amounts = (float(mean), float(deviation))
        return self.model(bins_of(description), look_back, intervals, table, amounts, network, metrics)
