"""Studies: the rows of `study` and `study_score`. They are never pruned."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from sql.engine import Database
from sql.tables import study, study_score
from sql.writing import append, explained_refusal, nulls_for_nan

Scores: TypeAlias = Mapping[tuple[str, str], NDArray[np.float64]]
"""The scores of all repeats, (repeats,), by configuration and metric; not finite where a repeat diverged."""


@dataclass(frozen=True)
class StoredStudy:
    """A study that was run.

    Attributes:
        study_id: A UUIDv7.
        name: From the study file.
        title: Of the study's page.
        kind: Of study.
        started_at: Aware.
        finished_at: Aware.
        seconds: Between the two.
        repeats: Of each configuration.
        seed: Of everything random.
        settings: The study file's, with defaults.
        sha256: Of the study file's bytes.
        code_version: Of Nightcast.
    """

    study_id: str
    name: str
    title: str
    kind: str
    started_at: datetime.datetime
    finished_at: datetime.datetime
    seconds: float
    repeats: int
    seed: int
    settings: dict[str, Any]
    sha256: str
    code_version: str


def add_study(database: Database, stored: StoredStudy, scores: Scores) -> int:
    """Keep a study with its scores, all or nothing; returns the number of scores.

    Raises:
        InputError: if the database refuses a name.
    """
    with explained_refusal(study.name), database.write() as connection:
        connection.execute(sa.insert(study).values(asdict(stored)))
        return sum(_append_scores(connection, stored.study_id, names, values) for names, values in scores.items())


def _append_scores(connection: Connection, study_id: str, names: tuple[str, str], values: NDArray[np.float64]) -> int:
    size = len(values)
    rows = {
        "study_id": pa.repeat(study_id, size),
        "configuration": pa.repeat(names[0], size),
        "metric": pa.repeat(names[1], size),
        "repeat": np.arange(1, size + 1),
        "value": np.where(np.isfinite(values), values, np.nan),
    }
    return append(connection, study_score, nulls_for_nan(pa.table(rows)))


def studies(database: Database, name: str | None = None) -> list[StoredStudy]:
    """The studies in the database, or those of one name, the newest first."""
    query = sa.select(study).order_by(study.c.started_at.desc(), study.c.study_id.desc())
    if name is not None:
        query = query.where(study.c.name == name)
    with database.read() as connection:
        return [StoredStudy(**row) for row in connection.execute(query).mappings()]


def scores_of(database: Database, study_id: str) -> dict[tuple[str, str], NDArray[np.float64]]:
    """The scores of a study by configuration and metric, in the order of the repeats; NaN where one diverged."""
    column = study_score.c
    query = (
        sa.select(column.configuration, column.metric, column.value)
        .where(column.study_id == study_id)
        .order_by(column.configuration, column.metric, column.repeat)
    )
    scores: dict[tuple[str, str], list[float]] = {}
    with database.read() as connection:
        for configuration, metric, value in connection.execute(query):
            scores.setdefault((configuration, metric), []).append(np.nan if value is None else value)
    return {names: np.array(values, np.float64) for names, values in scores.items()}
