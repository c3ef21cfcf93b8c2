"""The recipe ``life_table``, the baseline: what customers with similar visit days did after an equally long wait."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from models.common.recipe import Description
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.features.background import life_table_of
from models.next_visit.features.life_table import LifeTable
from models.next_visit.recipes.model import NextVisitTraining, bins_of, describe_model, for_everybody
from nightcast.values import Bins

NAME = "life_table"


@dataclass(frozen=True, eq=False)
class LifeTableModel:
    """The life table as a model of next visits."""

    recipe: ClassVar[str] = NAME
    bins: Bins
    table: LifeTable

    def probabilities(self, known: CustomerBase) -> NDArray[np.float64]:
        """See `models.next_visit.recipes.model.NextVisitModel.probabilities`."""
        rows, history = known.rows, known.history
        return for_everybody(
            known, self.table.probabilities(rows.elapsed(history), rows.visit_days(history), self.bins)
        )

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, which is created where it is missing."""
        describe_model(folder, NAME, self.bins, {"hazards": self.table.describe()})


class LifeTableRecipe:
    """Fits the life table, which needs no minimum of history."""

    name = NAME

    def fit(self, known: CustomerBase, training: NextVisitTraining) -> LifeTableModel:
        """See `models.common.recipe.Recipe.fit`."""
        return LifeTableModel(training.settings.bins, life_table_of(known))

    def load(self, folder: Path, description: Description) -> LifeTableModel:
        """See `models.common.recipe.Recipe.load`."""
        return LifeTableModel(bins_of(description), LifeTable.described(description.get("hazards")))
