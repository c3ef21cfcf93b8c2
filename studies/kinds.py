"""The kinds of studies there are; each is a package beside this module, imported when it is used."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.common.selection import Progress, no_progress
from studies.results import StudyResult
from studies.settings import StudySettings


@dataclass(frozen=True)
class Kind:
    """One kind of study.

    Attributes:
        name: What ``kind`` says in a study file.
    """

    name: str

    @property
    def settings(self) -> type[StudySettings]:
        """What its files say; the class adds `configurations`."""
        found: type[StudySettings] = self._module("settings").Settings
        return found

    def read(self, settings: StudySettings, folder: Path) -> Any:
        """The data that the settings name, from files or generated.

        Args:
            settings: Of this kind.
            folder: What files are relative to.

        Raises:
            InputError: if a file is missing, or is not as the settings say.
        """
        return self._module("data").read(settings, folder)

    def run(self, settings: StudySettings, data: Any, progress: Progress = no_progress) -> StudyResult:
        """Every repeat of every configuration.

        Args:
            settings: Of this kind.
            data: As `read` gives them.
            progress: Told how far it is.

        Raises:
            InputError: if the data do not fit the settings.
        """
        result: StudyResult = self._module("experiment").run(settings, data, progress)
        return result

    def _module(self, name: str) -> Any:
        return importlib.import_module(f"studies.{self.name}.{name}")


KINDS = {name: Kind(name) for name in ("series", "waves", "intervals")}
"""By name."""
