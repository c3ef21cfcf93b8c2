"""The kinds of studies; each is a folder beside this module, and imported when it is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

from models.common.selection import Progress
from studies.data import DatabaseRows
from studies.results import StudyResult
from studies.settings import StudySettings

Experiment: TypeAlias = Callable[[Progress], StudyResult]
"""Runs every repeat of every configuration; raises InputError if the data do not fit the settings."""


@dataclass(frozen=True)
class Kind:
    """One kind of study.

    Attributes:
        name: The study file's ``kind``.
        settings: The class of its settings.
        read: Reads or generates the data, files being relative to a folder.
        run: Runs the experiment on the data.
    """

    name: str
    settings: type[StudySettings]
    read: Callable[[Any, Path, DatabaseRows], Any]
    run: Callable[[Any, Any, Progress], StudyResult]

    def experiment(self, settings: StudySettings, folder: Path, database: DatabaseRows) -> Experiment:
        """The experiment that the settings describe, with its data read.

        Args:
            settings: Settings of a study of this kind.
            folder: What files are relative to.
            database: Rows of the database, if the settings ask for any.

        Raises:
            InputError: if data are missing, or are not as the settings say.
        """
        return partial(self.run, settings, self.read(settings, folder, database))


def _kind(name: str) -> Kind:
    settings, data, experiment = (
        import_module(f"studies.{name}.{module}") for module in ("settings", "data", "experiment")
    )
    return Kind(name, settings.Settings, data.read, experiment.run)


KINDS: dict[str, Callable[[], Kind]] = {name: partial(_kind, name) for name in ("series", "waves", "intervals")}
"""By name; each imports its modules when it is called."""
