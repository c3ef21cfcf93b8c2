"""The recipe ``blend``: the network's probabilities and the trees' averaged, so that their errors partly cancel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.common.description import attempt, damaged, read_description
from models.common.recipe import Description
from models.common.selection import no_progress
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.recipes.feature_model import probabilities_of
from models.next_visit.recipes.gradient_boosting import GradientBoostingModel, GradientBoostingRecipe
from models.next_visit.recipes.hazard_lstm.model import HazardLstmModel, HazardLstmRecipe
from models.next_visit.recipes.model import NextVisitTraining, bins_of, describe_model
from nightcast.values import Bins

NAME = "blend"
SHARE = 0.5
"""The network's share. One chosen at the gate's origin would be measured where it was chosen."""

NETWORK_FOLDER, TREES_FOLDER = "network", "trees"


@dataclass(frozen=True, eq=False)
class BlendModel:
    """A network with the weight `share`, and trees with the rest; both read the same features."""

    recipe: ClassVar[str] = NAME
    bins: Bins
    share: float
    network: HazardLstmModel
    trees: GradientBoostingModel

    def probabilities(self, known: CustomerBase) -> NDArray[np.float64]:
        """See `models.next_visit.recipes.model.NextVisitModel.probabilities`."""
        network, trees = probabilities_of([self.network, self.trees], known)
        return blended(network, trees, self.share)

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, which is created where it is missing, each part into a folder of its own."""
        describe_model(folder, NAME, self.bins, {"share": self.share})
        self.network.save(folder / NETWORK_FOLDER)
        self.trees.save(folder / TREES_FOLDER)


def blended(network: NDArray[np.float64], trees: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """The average of two tables of probabilities, the first with the weight `share`."""
    return share * network + (1.0 - share) * trees


@dataclass(frozen=True)
class BlendRecipe:
    """Fits both parts; there has to be at least one training row."""

    share: float = SHARE
    name: ClassVar[str] = NAME

    def fit(self, known: CustomerBase, training: NextVisitTraining) -> BlendModel:
        """See `models.common.recipe.Recipe.fit`."""
        network = HazardLstmRecipe().fit(known, training)
        trees = GradientBoostingRecipe().fit(known, replace(training, progress=no_progress))
        return BlendModel(training.settings.bins, self.share, network, trees)

    def load(self, folder: Path, description: Description) -> BlendModel:
        """See `models.common.recipe.Recipe.load`."""
        bins, share = bins_of(description), attempt(lambda: float(description["share"]), "the share of the network")
        if not 0.0 <= share <= 1.0:
            raise damaged(f"a share of {share}")
        network_folder, trees_folder = folder / NETWORK_FOLDER, folder / TREES_FOLDER
        network = HazardLstmRecipe().load(network_folder, read_description(network_folder))
        trees = GradientBoostingRecipe().load(trees_folder, read_description(trees_folder))
        if {network.bins, trees.bins} != {bins} or network.look_back != trees.look_back:
            raise damaged("its parts have other bins or another look-back")
        return BlendModel(bins, share, network, replace(trees, background=network.background))
