"""What every next-visit model can do, and reading one back from its folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.visits import VisitHistory
from models.next_visit.recipes import bg_nbd, blend, count_table, gradient_boosting, life_table, pareto_nbd
from models.next_visit.recipes.artifact import bins_of, malformed, read_description
from models.next_visit.recipes.classic import interval_classifier, multi_sequence
from models.next_visit.recipes.hazard_lstm import model as lstm
from nightcast.values import Bins


class NextVisitModel(Protocol):
    """A fitted model of next visits."""

    @property
    def recipe(self) -> str:
        """The name of the recipe that fitted it."""
        ...

    @property
    def bins(self) -> Bins:
        """The bins that it gives probabilities of."""
        ...

    def probabilities(self, history: VisitHistory, as_of: int) -> NDArray[np.float64]:
        """Probability of each bin for every customer, from the visit days before `as_of` alone.

        Returns:
            float64 (n, K); finite, and each row sums to 1 within 1e-9. A customer without a visit day before
            `as_of` gets some valid row that means nothing.
        """
        ...

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, which is made where it is missing."""
        ...


LOADERS: dict[str, Callable[[Path, dict[str, Any], Bins], NextVisitModel]] = {
    blend.RECIPE: blend.load,
    lstm.RECIPE: lstm.load,
    interval_classifier.RECIPE: interval_classifier.load,
    multi_sequence.RECIPE: multi_sequence.load,
    gradient_boosting.RECIPE: gradient_boosting.load,
    pareto_nbd.RECIPE: pareto_nbd.load,
    bg_nbd.RECIPE: bg_nbd.load,
    count_table.RECIPE: count_table.load,
    life_table.RECIPE: life_table.load,
}
"""How each recipe's saved model is read, given its folder, its description and its bins."""


def load_model(folder: Path) -> NextVisitModel:
    """The model that `NextVisitModel.save` wrote into `folder`.

    Raises:
        InputError: if a file is missing or malformed.
    """
    description = read_description(folder)
    bins, recipe = bins_of(description), description.get("recipe")
    if recipe in LOADERS:
        return LOADERS[recipe](folder, description, bins)
    raise malformed(f"it names the recipe {recipe!r}, which is not known")
