"""Storing a study: its row in `study`, and every score in `study_score`."""

from __future__ import annotations

from nightcast import __version__
from nightcast.values import new_id
from sql.engine import Database
from sql.ledger.studies import StoredStudy, add_study
from studies.run import StudyOutcome


def keep_study(database: Database, outcome: StudyOutcome) -> str:
    """Write a study with every score; returns its ID.

    Raises:
        InputError: if the database refuses a name.
    """
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
