"""The interface of fitted models of next visits, and the description that they are saved with."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.common.description import attempt, write_description
from models.common.recipe import Description, FittedModel, Recipe, Training
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.settings import NextVisitSettings
from nightcast.values import Bins


class NextVisitModel(FittedModel, Protocol):
    """A fitted model of next visits."""

    @property
    def bins(self) -> Bins:
        """The bins that it gives probabilities of."""
        ...

    def probabilities(self, known: CustomerBase) -> NDArray[np.float64]:
        """Probability of each bin for every customer, counted from the as-of of `known`.

        Returns:
            float64 (n, K); finite, and each row sums to 1 within 1e-9. Rows of customers without a visit day are valid
            probabilities without a meaning.
        """
        ...


NextVisitTraining = Training[NextVisitSettings, NextVisitModel]
NextVisitRecipe = Recipe[CustomerBase, NextVisitSettings, NextVisitModel]
"""A recipe of next visits."""


def for_everybody(known: CustomerBase, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probabilities of the customers in ``known.rows``, with equal probabilities for all others: (n, K)."""
    bins = probabilities.shape[1]
    result = np.full((known.customers, bins), 1.0 / bins)
    result[known.rows.customer] = probabilities
    return result


def describe_model(folder: Path, recipe: str, bins: Bins, contents: dict[str, Any]) -> None:
    """Write a model's description, its bins included, into `folder`, which is created where it is missing."""
    write_description(folder, recipe, {"bin_edges_days": list(bins.edges), **contents})


def bins_of(description: Description) -> Bins:
    """The bins of a described model.

    Raises:
        InputError: if they are missing or no bins.
    """
    return attempt(lambda: Bins.of(description["bin_edges_days"]), "the bin edges")
