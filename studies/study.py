"""A study from its file to its rows: read, given its data, run, judged, and kept."""

from __future__ import annotations

import datetime
import hashlib
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from flows.study_sources import from_database, wants_database
from models.common.selection import Progress, no_progress
from nightcast import __version__
from nightcast.errors import InputError
from nightcast.validation import explained, nearest
from nightcast.values import Product, new_id
from sql.engine import Database
from sql.ledger.studies import StoredStudy, add_study
from studies.kinds import KINDS, Kind
from studies.results import StudyResult
from studies.settings import Configuration, StudySettings
from studies.summary import SummaryRow, summarise
from studies.verdicts import Verdict, judge
from tasks.night import Night

MOST_PROBLEMS = 5
"""Named at once: one wrong default makes every configuration wrong."""

NightFor = Callable[[Product], Night]
"""Opens the sources of a product, for a study that reads them."""


@dataclass(frozen=True)
class StudyFile:
    """A study file that says what it should.

    Attributes:
        path: Where it lies.
        kind: What is studied.
        settings: All it says, of the kind's class.
        sha256: Of its bytes.
    """

    path: Path
    kind: Kind
    settings: StudySettings
    sha256: str

    @property
    def configurations(self) -> tuple[Configuration, ...]:
        """What is compared."""
        found: tuple[Configuration, ...] = getattr(self.settings, "configurations", ())
        return found

    @property
    def wants_database(self) -> bool:
        """Whether its data are rows of the database."""
        return wants_database(self.settings)


@dataclass(frozen=True, eq=False)
class StudyOutcome:
    """What came of a study.

    Attributes:
        file: What was asked.
        result: What was found.
        rows: The summary table.
        verdicts: On what was claimed and published.
        started_at: Aware.
        finished_at: Aware.
        seconds: Between the two, by a clock that nobody sets.
    """

    file: StudyFile
    result: StudyResult
    rows: list[SummaryRow]
    verdicts: list[Verdict]
    started_at: datetime.datetime
    finished_at: datetime.datetime
    seconds: float


def read_study(path: Path, repeats: int | None = None) -> StudyFile:
    """Read and check a study file.

    Args:
        path: Of the file.
        repeats: In place of what it says.

    Raises:
        InputError: if it cannot be read, is not TOML, or says what no study of its kind may say.
    """
    content = _content(path)
    document = _document(path, content)
    if repeats is not None:
        document["repeats"] = repeats
    kind = _kind(path, document)
    try:
        settings = kind.settings.model_validate(document)
    except ValidationError as error:
        raise _wrong(path, list(explained(error, kind.settings, document))) from None
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
        return KINDS[name]
    listed = " or ".join(f'kind = "{known}"' for known in KINDS)
    if name is None:
        raise InputError(f"{path} does not say what kind of study it is.", f"Begin it with {listed}.")
    raise InputError(
        f"{path} is a study of the kind {name!r}, which is not known{nearest(str(name), KINDS)}.", f"Write {listed}."
    )


def _wrong(path: Path, problems: list[str]) -> InputError:
    more = len(problems) - MOST_PROBLEMS
    shown = problems[:MOST_PROBLEMS] + ([f"and {more} more"] if more > 0 else [])
    return InputError(f"The study file {path} is wrong: {'; '.join(shown)}.", "Correct it.")


def study_data(file: StudyFile, night_for: NightFor) -> Any:
    """The data of a study: from its files, generated, or from the database.

    Raises:
        InputError: if they are missing, or not as the file says.
    """
    folder = file.path.parent
    if file.wants_database:
        return from_database(file.kind, file.settings, folder, night_for)
    return file.kind.read(file.settings, folder)


def run_study(file: StudyFile, data: Any, progress: Progress = no_progress) -> StudyOutcome:
    """Run every repeat, sum up, and judge.

    Raises:
        InputError: if the data do not fit what the file asks for.
    """
    started_at, started = datetime.datetime.now(datetime.UTC), time.monotonic()
    result = file.kind.run(file.settings, data, progress)
    seconds = time.monotonic() - started
    return StudyOutcome(
        file=file,
        result=result,
        rows=summarise(result, file.configurations),
        verdicts=judge(file.settings, file.configurations, result),
        started_at=started_at,
        finished_at=started_at + datetime.timedelta(seconds=seconds),
        seconds=seconds,
    )


def keep_study(database: Database, outcome: StudyOutcome) -> str:
    """Write a study with every score; returns its identifier."""
    settings = outcome.file.settings
    stored = StoredStudy(
        study_id=new_id(),
        name=settings.name,
        title=settings.title,
        kind=outcome.file.kind.name,
        started_at=outcome.started_at,
        finished_at=outcome.finished_at,
        seconds=outcome.seconds,
        repeats=settings.repeats,
        seed=settings.seed,
        settings=settings.model_dump(mode="json"),
        sha256=outcome.file.sha256,
        code_version=__version__,
    )
    scores = {
        (one.name, metric): values for one in outcome.result.configurations for metric, values in one.scores.items()
    }
    add_study(database, stored, scores)
    return stored.study_id
