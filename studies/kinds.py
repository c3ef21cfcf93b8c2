"""The kinds of studies; each is a folder beside this module, and imported when it is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from models.common.selection import Progress
from studies.data import DatabaseRows, SeriesData, Visits
from studies.results import StudyResult
from studies.settings import StudySettings

if TYPE_CHECKING:
    from studies.intervals.settings import Settings as IntervalsSettings
    from studies.series.settings import Settings as SeriesSettings
    from studies.waves.settings import Settings as WavesSettings

S = TypeVar("S", bound=StudySettings)
Data = TypeVar("Data")

Experiment: TypeAlias = Callable[[Progress], StudyResult]
"""Runs every repeat of every configuration; raises InputError if the data do not fit the settings."""


@dataclass(frozen=True)
class Kind(Generic[S, Data]):
    """One kind of study.

    Attributes:
        name: The study file's ``kind``.
        settings: The class of its settings.
        read: Reads or generates the data, files being relative to a folder.
        run: Runs the experiment on the data.
    """

    name: str
    settings: type[S]
    read: Callable[[S, Path, DatabaseRows], Data]
    run: Callable[[S, Data, Progress], StudyResult]

    def experiment(self, settings: S, folder: Path, database: DatabaseRows) -> Experiment:
        """The experiment that the settings describe, with its data read.

        Args:
            settings: Settings of a study of this kind.
            folder: What files are relative to.
            database: Rows of the database, if the settings ask for any.

        Raises:
            InputError: if data are missing, or are not as the settings say.
        """
        return partial(self.run, settings, self.read(settings, folder, database))


AnyKind: TypeAlias = Kind[Any, Any]
"""A kind whose settings and data belong together, whatever they are."""


def _series() -> Kind[SeriesSettings, dict[str, SeriesData]]:
    from studies.series.data import read
    from studies.series.experiment import run
    from studies.series.settings import Settings

    return Kind("series", Settings, read, run)


def _waves() -> Kind[WavesSettings, SeriesData]:
    from studies.waves.data import read
    from studies.waves.experiment import run
    from studies.waves.settings import Settings

    return Kind("waves", Settings, read, run)


def _intervals() -> Kind[IntervalsSettings, Visits]:
    from studies.intervals.data import read
    from studies.intervals.experiment import run
    from studies.intervals.settings import Settings

    return Kind("intervals", Settings, read, run)


KINDS: dict[str, Callable[[], AnyKind]] = {"series": _series, "waves": _waves, "intervals": _intervals}
"""Functions that return each kind, by its name; each imports its modules when it is called."""
