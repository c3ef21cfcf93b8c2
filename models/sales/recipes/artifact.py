"""The description of a saved sales model, see `models.common.description`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models.common import description as common
from models.common.description import read_description
from nightcast.errors import InputError

__all__ = ["damaged", "read_description", "write_description"]


def write_description(folder: Path, description: dict[str, Any]) -> None:
    """Write the description of a model, its ``recipe`` among plain values, into a folder."""
    common.write_description(folder, description["recipe"], description)


def damaged(folder: Path) -> InputError:
    """The error for an artifact that cannot be read."""
    return common.damaged(f"{folder.name} is damaged or incomplete")
