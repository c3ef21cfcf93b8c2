"""The recipe ``pareto_nbd``: customers visit at random at rates of their own, until they leave for good.

The log odds of every bin's hazard are raised by the level expected at the as-of.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.common.recipe import Description
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.features.background import level_of, pareto_nbd_of
from models.next_visit.features.hazards import from_hazards, from_log_odds, log_odds
from models.next_visit.features.level import Level
from models.next_visit.features.pareto_nbd import ParetoNbd
from models.next_visit.features.purchases import Purchases
from models.next_visit.recipes.model import NextVisitTraining, bins_of, describe_model, for_everybody
from nightcast.values import Bins

NAME = "pareto_nbd"


@dataclass(frozen=True, eq=False)
class ParetoNbdModel:
    """Pareto/NBD at the level of the time, as a model of next visits."""

    recipe: ClassVar[str] = NAME
    bins: Bins
    parameters: ParetoNbd
    level: Level

    def probabilities(self, known: CustomerBase) -> NDArray[np.float64]:
        """See `models.next_visit.recipes.model.NextVisitModel.probabilities`."""
        hazards = self.parameters.bin_hazards(Purchases.at(known.history, known.rows), self.bins)
        raised = from_log_odds(log_odds(hazards) + self.level.expected(np.array([known.as_of])))
        least = self.parameters.least_hazards(self.bins)
        return for_everybody(known, from_hazards(np.maximum(raised, least)))

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, which is created where it is missing."""
        numbers = {"parameters": self.parameters.describe(), "level": self.level.describe()}
        describe_model(folder, NAME, self.bins, numbers)


class ParetoNbdRecipe:
    """Fits Pareto/NBD by maximum likelihood, and the level."""

    name = NAME

    def fit(self, known: CustomerBase, training: NextVisitTraining) -> ParetoNbdModel:
        """See `models.common.recipe.Recipe.fit`."""
        bins = training.settings.bins
        return ParetoNbdModel(bins, pareto_nbd_of(known), level_of(known, bins))

    def load(self, folder: Path, description: Description) -> ParetoNbdModel:
        """See `models.common.recipe.Recipe.load`."""
        bins, parameters = bins_of(description), ParetoNbd.described(description.get("parameters"))
        return ParetoNbdModel(bins, parameters, Level.described(description.get("level"), bins))
