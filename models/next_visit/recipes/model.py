"""What every fitted model of next visits can do."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.common.recipe import Recipe
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.settings import NextVisitSettings
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

    def probabilities(self, known: CustomerBase) -> NDArray[np.float64]:
        """Probability of each bin for every customer, counted from the as-of of `known`.

        Returns:
            float64 (n, K); finite, and each row sums to 1 within 1e-9. The rows of customers without a visit day
            are valid and mean nothing.
        """
        ...

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, which is created where it is missing."""
        ...


NextVisitRecipe = Recipe[CustomerBase, NextVisitSettings, NextVisitModel]
"""A recipe of next visits."""


def for_everybody(known: CustomerBase, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probabilities of the customers in ``known.rows``, with an even row for each of the others: (n, K)."""
    bins = probabilities.shape[1]
    result = np.full((known.customers, bins), 1.0 / bins)
    result[known.rows.customer] = probabilities
    return result
