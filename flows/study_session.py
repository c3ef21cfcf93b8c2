"""Studies as they are asked for: the file, its data, the page, and the database to keep them in, if there is one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from flows.settings import Settings, load_settings
from models.common.selection import Progress
from nightcast import __version__
from nightcast.errors import InputError
from nightcast.values import Product
from sql.engine import Database, open_database
from sql.schema import current_revision
from studies.study import StudyFile, StudyOutcome, keep_study, read_study, run_study, study_data
from studies.verdicts import Verdict
from tasks.night import Night


class StudyRequest(BaseModel):
    """One study's question: the parameters of the flow."""

    model_config = ConfigDict(extra="forbid")

    file: Path = Field(title="Study file", description="TOML: what is studied, its configurations and claims.")
    page: Path | None = Field(
        None, title="Page", description="The HTML file to write; the study file's name in this folder when empty."
    )
    repeats: int | None = Field(None, title="Repeats", description="Of each configuration, in place of the file's.")
    save: bool = Field(True, title="Save", description="Keep the study and every score in the database.")
    config: Path | None = Field(
        None, title="Settings file", description="nightcast.toml in the working folder when empty."
    )


@dataclass(frozen=True, eq=False)
class OpenedStudy:
    """A study that is ready to run.

    Attributes:
        file: What it says.
        page: Where its page is to be.
        data: What it is made on.
        database: What keeps it, None where nothing does.
        unsaved: Why nothing does.
    """

    file: StudyFile
    page: Path
    data: Any
    database: Database | None
    unsaved: str

    def run(self, progress: Progress) -> StudyOutcome:
        """Run and judge it."""
        return run_study(self.file, self.data, progress)

    def keep(self, outcome: StudyOutcome) -> str | None:
        """Keep it where there is a database; returns its identifier there."""
        return None if self.database is None else keep_study(self.database, outcome)

    def write_page(self, outcome: StudyOutcome) -> Path:
        """Write its page; returns where."""
        from studies.page.page import write_page

        settings = self.file.settings
        write_page(self.page, settings, outcome.result, outcome.rows, outcome.verdicts, _about(outcome))
        return self.page


def open_study(request: StudyRequest) -> OpenedStudy:
    """Read a study and its data, and find out what can keep it; whatever is wrong is said before anything runs.

    Raises:
        NightcastError: if the file, its data, the page's folder or the database is not as it should be.
    """
    file = read_study(request.file, request.repeats)
    page = _page(request)
    database, unsaved = _keeper(request)
    data = study_data(file, lambda product: _night(product, request.config))
    return OpenedStudy(file, page, data, database, unsaved)


def _page(request: StudyRequest) -> Path:
    page = request.page or Path(request.file.with_suffix(".html").name)
    if page.is_dir() or not page.parent.is_dir():
        wrong = f"{page} is a folder" if page.is_dir() else f"There is no folder {page.parent}"
        raise InputError(f"{wrong}, so that the page cannot be written.", "Name a file in a folder that is there.")
    return page


def _keeper(request: StudyRequest) -> tuple[Database | None, str]:
    """The database that keeps the study, or None and why; one that is there has to be of this program's revision."""
    from flows.night.session import open_checked

    if not request.save:
        return None, "as asked"
    settings = load_settings(request.config)
    missing = _missing(settings)
    return (None, missing) if missing else (open_checked(settings), "")


def _missing(settings: Settings) -> str:
    """What is missing of a database that has our tables; empty where nothing is."""
    database = open_database(settings.database)
    if database.file is not None and not database.file.exists():
        return "there is no database here; `nightcast init` makes one"
    if current_revision(database) is None:
        return f"{database.name} has no Nightcast tables; `nightcast init` makes them"
    return ""


def _night(product: Product, config: Path | None) -> Night:
    """A night whose sources are there to be read."""
    from flows.night.prepared import unopened_night
    from flows.night.request import NightRequest
    from flows.night.session import open_checked, resolved_as_of

    settings = load_settings(config)
    database = open_checked(settings)
    return unopened_night(product, resolved_as_of(NightRequest(), settings), settings, database)


def _about(outcome: StudyOutcome) -> dict[str, str]:
    """How it was run, for the page."""
    settings = outcome.file.settings
    return {
        "Study file": f"{outcome.file.path.name}, SHA-256 {outcome.file.sha256}",
        "Repeats": f"{settings.repeats:,} of each of {len(outcome.file.configurations)} configurations",
        "Seed": str(settings.seed),
        "Started": f"{outcome.started_at:%Y-%m-%d %H:%M:%S} UTC",
        "Took": f"{outcome.seconds:,.1f} s",
        "Program": f"Nightcast {__version__}",
    }


def verdict_sentences(verdict: Verdict) -> str:
    """A verdict's statement and its evidence, whether the file ends its claims with a full stop or not."""
    return f"{verdict.text.rstrip('.')}. {verdict.evidence}"
