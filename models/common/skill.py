"""The skill of a model on each subject, kept beside the model: what was measured at its training."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.common.arrays import Floats
from models.common.description import attempt

FILE_NAME = "skill.json"


def save_skill(folder: Path, names: Sequence[str], skill: Floats) -> None:
    """Write the skill of the named subjects, (n,), NaN where it is not known, into a model's folder."""
    measured = {name: value for name, value in zip(names, skill.tolist(), strict=True) if not math.isnan(value)}
    (folder / FILE_NAME).write_text(json.dumps(measured), encoding="utf-8")


def load_skill(folder: Path, names: Sequence[str]) -> Floats | None:
    """The skill of these subjects, (n,), NaN where it is not known; None where none was kept.

    Raises:
        InputError: if the file is damaged.
    """
    if not (folder / FILE_NAME).exists():
        return None

    def read() -> Floats:
        measured = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        return np.array([measured.get(name, np.nan) for name in names], np.float64)

    return attempt(read, FILE_NAME)
