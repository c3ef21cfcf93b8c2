"""The bins in the description of a saved next-visit model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.common import description as common
from models.common.description import attempt
from nightcast.values import Bins


def write_description(folder: Path, recipe: str, bins: Bins, contents: dict[str, Any]) -> None:
    """Write the description of a model with its bins; see `models.common.description.write_description`."""
    common.write_description(folder, recipe, {"bin_edges_days": list(bins.edges), **contents})


def bins_of(description: dict[str, Any]) -> Bins:
    """The bins of a described model.

    Raises:
        InputError: if they are missing or no bins.
    """
    return attempt(lambda: Bins.of(description["bin_edges_days"]), "the bin edges")
