"""The files of a model artifact: a JSON description, and beside it what a recipe adds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nightcast.errors import InputError

DESCRIPTION = "sales_model.json"
FORMAT = 1
"""Raised whenever older programs could not read what is written."""


def write_description(folder: Path, description: dict[str, Any]) -> None:
    """Write the description of a model, plain values only, into a folder that is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"format": FORMAT, **description}, indent=2, sort_keys=True)
    (folder / DESCRIPTION).write_text(text + "\n", encoding="utf-8")


def read_description(folder: Path) -> dict[str, Any]:
    """Read it back.

    Raises:
        InputError: if it is missing, is no JSON object or has another format.
    """
    try:
        description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise damaged(folder) from error
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise damaged(folder)
    return description


def damaged(folder: Path) -> InputError:
    """The error for an artifact that cannot be read."""
    return InputError(f"The sales model in {folder.name} is damaged or incomplete.", "Train again: --retrain always.")
