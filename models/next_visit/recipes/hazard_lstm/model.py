"""The recipe ``hazard_lstm``: landmarks, features, the network, and the fitted model that joins them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.common.description import attempt, damaged
from models.common.forward.network import ForwardNetwork, of_keras, read_network
from models.common.keras_runtime import start
from models.common.recipe import Description
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.landmarks import observed_bin, seen_whole
from models.next_visit.features.background import Background
from models.next_visit.features.customers import CHANNELS, Features, features_in_chunks, summary_names
from models.next_visit.features.scaling import Scaling
from models.next_visit.features.training_rows import training_rows
from models.next_visit.recipes.feature_model import FeatureModel, balance_of, balanced
from models.next_visit.recipes.hazard_lstm.network import bin_probabilities, build, hazard_targets
from models.next_visit.recipes.hazard_lstm.training import train
from models.next_visit.recipes.model import NextVisitTraining, bins_of, describe_model

NAME = "hazard_lstm"
NETWORK_FILE = "network.keras"


@dataclass(frozen=True, eq=False)
class HazardLstmModel(FeatureModel):
    """A trained network with everything that it needs to forecast."""

    recipe: ClassVar[str] = NAME
    scaling: Scaling
    network: ForwardNetwork

    def estimate(self, features: Features, level: NDArray[np.float64]) -> NDArray[np.float64]:
        """See `models.next_visit.recipes.feature_model.FeatureModel.estimate`."""
        scaled = self.scaling.apply(features.raised(level))
        log_odds = self.network.predict_on_batch([scaled.sequence, scaled.summary, scaled.offset])
        return bin_probabilities(log_odds)

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, which is created where it is missing."""
        numbers = {"look_back": self.look_back, "scaling": self.scaling.describe(), "balance": self.balance.tolist()}
        describe_model(folder, NAME, self.bins, {**numbers, **self.background.describe()})
        self.network.save(folder / NETWORK_FILE)


class HazardLstmRecipe:
    """Trains the network; there has to be at least one training row."""

    name = NAME

    def fit(self, known: CustomerBase, training: NextVisitTraining) -> HazardLstmModel:
        """See `models.common.recipe.Recipe.fit`."""
        settings, history, bins = training.settings, known.history, training.settings.bins
        rows = training_rows(known, bins, settings.look_back, training.seed)
        background = Background.of(known, bins)
        features = features_in_chunks(history, rows, bins, settings.look_back, background)
        scaling = Scaling.fit(features)
        scaled = scaling.apply(features.raised(background.level.seen(rows.day)))
        targets = hazard_targets(observed_bin(history, rows, bins), seen_whole(rows.day, known.as_of, bins))
        keras = start(training.seed)
        network = build(keras, settings, features.summary.shape[1], bins.count - 1)
        train(keras, network, scaled, targets, training)
        unbalanced = np.zeros(bins.count - 1)
        model = HazardLstmModel(bins, settings.look_back, background, unbalanced, scaling, of_keras(network))
        return balanced(model, known)

    def load(self, folder: Path, description: Description) -> HazardLstmModel:
        """See `models.common.recipe.Recipe.load`."""
        bins = bins_of(description)
        look_back = attempt(lambda: int(description["look_back"]), "the look-back")
        names = summary_names(bins)
        scaling = Scaling.described(description.get("scaling"), len(names))
        background = Background.described(description, bins)
        network = read_network(folder / NETWORK_FILE)
        shapes = [] if network is None else [one.shape[1:] for one in network.inputs]
        if network is None or shapes != [(look_back, len(CHANNELS)), (len(names),), (bins.count - 1,)]:
            raise damaged(f"{NETWORK_FILE} takes other inputs than {len(names)} features and {look_back} intervals")
        return HazardLstmModel(bins, look_back, background, balance_of(description, bins), scaling, network)
