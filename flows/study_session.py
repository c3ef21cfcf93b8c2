"""A study from its request to its page and its rows: its data, and the database that stores it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from flows.night.prepared import unopened_night
from flows.night.request import NightRequest
from flows.night.session import open_checked, resolved_as_of
from flows.settings import Settings, load_settings
from flows.study_sources import StudyRows
from models.common.selection import Progress
from nightcast.errors import InputError
from nightcast.values import Product
from sql.engine import Database, open_database
from sql.schema import current_revision
from studies.keep import keep_study
from studies.kinds import Experiment
from studies.run import StudyOutcome, run_study
from studies.study_file import StudyFile, read_study
from tasks.night import Night


class StudyRequest(BaseModel):
    """The parameters of the study flow."""

    model_config = ConfigDict(extra="forbid")

    file: Path = Field(title="Study file", description="TOML: the kind of study, its configurations and claims.")
    page: Path | None = Field(
        None, title="Page", description="The HTML file to write; if empty, the study file's name in this folder."
    )
    repeats: int | None = Field(None, title="Repeats", description="Of each configuration, instead of the file's.")
    save: bool = Field(True, title="Save", description="Store the study and every score in the database.")
    config: Path | None = Field(
        None, title="Settings file", description="If empty, nightcast.toml in the working folder."
    )


@dataclass(frozen=True, eq=False)
class OpenedStudy:
    """A study that is ready to run.

    Attributes:
        file: The study file.
        page: The path of its page.
        experiment: The experiment, with its data read.
        database: The database that stores it; None if it is not stored.
        unsaved: Why it is not stored.
    """

    file: StudyFile
    page: Path
    experiment: Experiment
    database: Database | None
    unsaved: str

    def run(self, progress: Progress) -> StudyOutcome:
        """Run the experiment, and judge its claims."""
        return run_study(self.file, self.experiment, progress)

    def keep(self, outcome: StudyOutcome) -> str | None:
        """Store it, if there is a database; returns its identifier there."""
        return None if self.database is None else keep_study(self.database, outcome)

    def write_page(self, outcome: StudyOutcome) -> Path:
        """Write its page; returns the path."""
        from studies.page.page import write_page  # matplotlib and jinja2

        write_page(self.page, outcome)
        return self.page


def open_study(request: StudyRequest) -> OpenedStudy:
    """Read a study and its data, and open the database that stores it; all problems are reported before it runs.

    Raises:
        NightcastError: if there is a problem with the file, its data, the page's folder or the database.
    """
    file = read_study(request.file, request.repeats)
    page = _page(request)
    database, unsaved = _keeper(request)
    experiment = file.experiment(StudyRows(partial(_night, config=request.config)))
    return OpenedStudy(file, page, experiment, database, unsaved)


def _page(request: StudyRequest) -> Path:
    page = request.page or Path(request.file.with_suffix(".html").name)
    if page.is_dir() or not page.parent.is_dir():
        reason = f"{page} is a folder." if page.is_dir() else f"There is no folder {page.parent}."
        raise InputError(reason, "Name a file for the page, in a folder that exists.")
    return page


def _keeper(request: StudyRequest) -> tuple[Database | None, str]:
    """The database that stores the study, or None and the reason; its tables have to be of this program's revision."""
    if not request.save:
        return None, "as requested"
    settings = load_settings(request.config)
    missing = _missing(settings)
    return (None, missing) if missing else (open_checked(settings), "")


def _missing(settings: Settings) -> str:
    """Why there is no database with Nightcast's tables; empty if there is one."""
    database = open_database(settings.database)
    if database.file is not None and not database.file.exists():
        return "there is no database here; `nightcast init` creates one"
    if current_revision(database) is None:
        return f"{database.name} has no Nightcast tables; `nightcast init` creates them"
    return ""


def _night(product: Product, config: Path | None) -> Night:
    """A night of one product, whose source can be read."""
    settings = load_settings(config)
    return unopened_night(product, resolved_as_of(NightRequest(), settings), settings, open_checked(settings))
