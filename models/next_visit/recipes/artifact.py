"""The JSON description of a saved model: what it is, its bins and its plain numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from nightcast.errors import InputError
from nightcast.values import Bins

FILE_NAME = "model.json"
FORMAT = 1

Value = TypeVar("Value")


def write_description(folder: Path, recipe: str, bins: Bins, contents: dict[str, Any]) -> None:
    """Write ``model.json`` into `folder`, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    description = {"format": FORMAT, "recipe": recipe, "bin_edges_days": list(bins.edges), **contents}
    (folder / FILE_NAME).write_text(json.dumps(description, indent=1), encoding="utf-8")


def read_description(folder: Path) -> dict[str, Any]:
    """What `write_description` wrote.

    Raises:
        InputError: if there is no such file, or it is not of this format.
    """
    description = attempt(
        lambda: json.loads((folder / FILE_NAME).read_text(encoding="utf-8")), f"{FILE_NAME} of {folder}"
    )
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise malformed(f"{FILE_NAME} of {folder} is not in format {FORMAT}")
    return description


def bins_of(description: dict[str, Any]) -> Bins:
    """The bins of a described model.

    Raises:
        InputError: if they are missing or no bins.
    """
    return attempt(lambda: Bins.of(description["bin_edges_days"]), "the bin edges")


def attempt(read: Callable[[], Value], what: str) -> Value:
    """The result of `read`; any failure of it becomes an InputError that names `what` could not be read.

    A damaged file can fail in as many ways as there are parsers in between, and all of them mean the same here.
    """
    try:
        return read()
    except Exception as error:
        raise malformed(f"{what} cannot be read: {type(error).__name__}: {error}") from error


def malformed(reason: str) -> InputError:
    """The error for an artifact that is not what it should be."""
    return InputError(f"The saved next-visit model is damaged: {reason}.", "Train again; the artifact is of no use.")
