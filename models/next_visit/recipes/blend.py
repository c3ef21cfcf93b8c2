"""The network's probabilities and the trees' averaged: each evens out some of the other's mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.common.selection import Progress, no_progress
from models.next_visit.data.visits import VisitHistory
from models.next_visit.recipes import gradient_boosting
from models.next_visit.recipes.artifact import attempt, malformed, read_description, write_description
from models.next_visit.recipes.hazard_lstm import model as lstm
from models.next_visit.settings import NextVisitSettings
from nightcast.values import Bins

RECIPE = "blend"
SHARES = (0.3, 0.5, 0.7)
"""The network's shares that are tried at the gate."""
NETWORK_FOLDER, TREES_FOLDER = "network", "trees"


@dataclass(frozen=True, eq=False)
class BlendModel:
    """A network and trees; the network counts `share`, the trees the rest."""

    bins: Bins
    share: float
    network: lstm.LstmModel
    trees: gradient_boosting.GradientBoostingModel
    recipe: str = RECIPE

    def probabilities(self, history: VisitHistory, as_of: int) -> NDArray[np.float64]:
        """Probability of each bin for every customer (n, K); see `models.next_visit.recipes.model.NextVisitModel`."""
        return blended(self.network.probabilities(history, as_of), self.trees.probabilities(history, as_of), self.share)

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, which is made where it is missing, each part into a folder of its own."""
        write_description(folder, RECIPE, self.bins, {"share": self.share})
        self.network.save(folder / NETWORK_FOLDER)
        self.trees.save(folder / TREES_FOLDER)


def blended(network: NDArray[np.float64], trees: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """The average of two tables of probabilities, the first counting `share`."""
    return share * network + (1.0 - share) * trees


def fit_blend(
    history: VisitHistory,
    as_of: int,
    settings: NextVisitSettings,
    seed: int,
    progress: Progress = no_progress,
    share: float = 0.5,
) -> BlendModel:
    """Fit both parts on what was known at `as_of`; there has to be at least one training row."""
    network = lstm.fit_lstm(history, as_of, settings, seed, progress)
    trees = gradient_boosting.fit_gradient_boosting(history, as_of, settings, seed)
    return BlendModel(settings.bins, share, network, trees)


def load(folder: Path, description: dict[str, Any], bins: Bins) -> BlendModel:
    """The model that `BlendModel.save` wrote.

    Raises:
        InputError: if a part is missing, malformed, or does not fit the others.
    """
    share = attempt(lambda: float(description["share"]), "the share of the network")
    if not 0.0 <= share <= 1.0:
        raise malformed(f"a share of {share}")
    parts = [(folder / name, read_description(folder / name)) for name in (NETWORK_FOLDER, TREES_FOLDER)]
    (network, network_told), (trees, trees_told) = parts
    edges = [told.get("bin_edges_days") for _, told in parts]
    if edges != [list(bins.edges)] * 2:
        raise malformed("its parts have other bins")
    return BlendModel(
        bins, share, lstm.load(network, network_told, bins), gradient_boosting.load(trees, trees_told, bins)
    )
