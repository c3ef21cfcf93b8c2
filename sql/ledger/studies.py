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
        name: Name in the study file.
        title: Title of the study's page.
        kind: Kind of study.
        started_at: When it started, aware.
        finished_at: When it ended, aware.
        seconds: Its duration.
        repeats: Repeats of each configuration.
        seed: Seed of all random numbers.
        settings: Settings of the study file, including defaults.
        sha256: SHA-256 of the study file.
        code_version: Version of Nightcast.
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
    """Store a study with its scores in one transaction; returns the number of scores.

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
