"""The description of a saved next-visit model: as `models.common.description`, with the model's bins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.common import description as common
from models.common.description import attempt, read_description
from models.common.description import damaged as malformed
from nightcast.values import Bins

__all__ = ["attempt", "bins_of", "malformed", "read_description", "write_description"]


def write_description(folder: Path, recipe: str, bins: Bins, contents: dict[str, Any]) -> None:
    """Write the description into `folder`, which is created where it is missing."""
    common.write_description(folder, recipe, {"bin_edges_days": list(bins.edges), **contents})


def bins_of(description: dict[str, Any]) -> Bins:
    """The bins of a described model.

    Raises:
        InputError: if they are missing or no bins.
    """
    return attempt(lambda: Bins.of(description["bin_edges_days"]), "the bin edges")
