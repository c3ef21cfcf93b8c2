"""The recipe ``pareto_nbd``: customers visit at random at rates of their own, until they leave for good."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.common.recipe import Description
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.features.background import pareto_nbd_of
from models.next_visit.features.hazards import from_hazards
from models.next_visit.features.pareto_nbd import ParetoNbd, Purchases
from models.next_visit.recipes.model import NextVisitTraining, bins_of, describe_model, for_everybody
from nightcast.values import Bins

NAME = "pareto_nbd"


@dataclass(frozen=True, eq=False)
class ParetoNbdModel:
    """Pareto/NBD as a model of next visits."""

    recipe: ClassVar[str] = NAME
    bins: Bins
    parameters: ParetoNbd

    def probabilities(self, known: CustomerBase) -> NDArray[np.float64]:
        """See `models.next_visit.recipes.model.NextVisitModel.probabilities`."""
        purchases = Purchases.at(known.history, known.rows)
        return for_everybody(known, from_hazards(self.parameters.bin_hazards(purchases, self.bins)))

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, which is created where it is missing."""
        describe_model(folder, NAME, self.bins, {"parameters": self.parameters.describe()})


class ParetoNbdRecipe:
    """Fits Pareto/NBD by maximum likelihood."""

    name = NAME

    def fit(self, known: CustomerBase, training: NextVisitTraining) -> ParetoNbdModel:
        """See `models.common.recipe.Recipe.fit`."""
        return ParetoNbdModel(training.settings.bins, pareto_nbd_of(known))

    def load(self, folder: Path, description: Description) -> ParetoNbdModel:
        """See `models.common.recipe.Recipe.load`."""
        return ParetoNbdModel(bins_of(description), ParetoNbd.described(description.get("parameters")))
