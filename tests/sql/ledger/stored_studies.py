"""What the tables hold of studies."""

from __future__ import annotations

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from sql.engine import Database
from sql.ledger.studies import StoredStudy
from sql.tables import study, study_score


def studies(database: Database) -> list[StoredStudy]:
    """All studies, the newest first."""
    with database.read() as connection:
        rows = connection.execute(sa.select(study).order_by(study.c.started_at.desc())).mappings()
        return [StoredStudy(**row) for row in rows]


def scores_of(database: Database, study_id: str) -> dict[tuple[str, str], NDArray[np.float64]]:
    """The scores of a study by configuration and metric, in the order of the repeats."""
    query = sa.select(study_score).where(study_score.c.study_id == study_id).order_by(study_score.c.repeat)
    scores: dict[tuple[str, str], list[float]] = {}
    with database.read() as connection:
        for row in connection.execute(query):
            scores.setdefault((row.configuration, row.metric), []).append(np.nan if row.value is None else row.value)
    return {names: np.array(values) for names, values in scores.items()}
