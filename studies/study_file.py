"""Study files: TOML that names a kind of study, its data, its configurations and its claims."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nightcast.errors import InputError
from nightcast.validation import explained, nearest
from studies.data import DatabaseRows
from studies.kinds import KINDS, Experiment, Kind
from studies.settings import StudySettings

MOST_PROBLEMS = 5
"""Problems that an error names: one wrong default makes every configuration wrong."""


@dataclass(frozen=True)
class StudyFile:
    """A valid study file.

    Attributes:
        path: Path of the file.
        kind: The kind of study.
        settings: Everything that the file says, of the kind's class.
        sha256: SHA-256 of the file.
    """

    path: Path
    kind: Kind
    settings: StudySettings
    sha256: str

    def experiment(self, database: DatabaseRows) -> Experiment:
        """The experiment, with its data read from files or the database, or generated.

        Raises:
            InputError: if data are missing, or are not as the file says.
        """
        return self.kind.experiment(self.settings, self.path.parent, database)


def read_study(path: Path, repeats: int | None = None) -> StudyFile:
    """Read and check a study file.

    Args:
        path: Path of the file.
        repeats: Replaces the number in the file.

    Raises:
        InputError: if the file cannot be read, is not TOML, or is not valid for its kind.
    """
    content = _content(path)
    document = _document(path, content)
    if repeats is not None:
        document["repeats"] = repeats
    kind = _kind(path, document)
    try:
        settings = kind.settings.model_validate(document)
    except ValidationError as error:
        raise _invalid(path, list(explained(error, kind.settings, document))) from None
    return StudyFile(path, kind, settings, hashlib.sha256(content).hexdigest())


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"There is no study file {path}.", "Correct its name.") from None
    except OSError as error:
        raise InputError(f"The study file {path} cannot be read: {error.strerror}.", "Name a file.") from None


def _document(path: Path, content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InputError(f"{path} is not text in UTF-8.", "Name a study file, which is TOML.") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is not valid TOML: {error}.", "Correct that line.") from None


def _kind(path: Path, document: dict[str, Any]) -> Kind:
    name = document.get("kind")
    if isinstance(name, str) and name in KINDS:
        return KINDS[name]()
    listed = " or ".join(f'kind = "{known}"' for known in KINDS)
    if name is None:
        raise InputError(f"{path} has no kind.", f"Begin it with {listed}.")
    raise InputError(f"{path} has the unknown kind {name!r}{nearest(str(name), KINDS)}.", f"Write {listed}.")


def _invalid(path: Path, problems: list[str]) -> InputError:
    more = len(problems) - MOST_PROBLEMS
    shown = problems[:MOST_PROBLEMS] + ([f"and {more} more"] if more > 0 else [])
    return InputError(f"The study file {path} is not valid: {'; '.join(shown)}.", "Correct it.")
