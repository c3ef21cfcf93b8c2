"""Keeping a study in the database."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sql.engine import Database
from studies.keep import keep_study
from studies.run import run_study
from studies.study_file import read_study
from tests.sql.ledger.stored_studies import scores_of, studies
from tests.studies.database import NoDatabase
from tests.studies.dice import dice

__all__ = ["dice"]


def test_a_study_is_kept_with_every_score(dice: Path, database: Database) -> None:
    file = read_study(dice, repeats=9)
    outcome = run_study(file, file.experiment(NoDatabase()))
    study_id = keep_study(database, outcome)
    [kept] = studies(database)
    assert (kept.study_id, kept.kind, kept.title, kept.repeats, kept.seed) == (study_id, "dice", "Two dice", 9, 3)
    assert kept.started_at == outcome.started_at
    assert kept.settings["configurations"][1]["added"] == 10
    assert kept.settings["claims"][0]["text"] == "a loaded die shows more"
    scores = scores_of(database, study_id)
    assert len(scores) == 6
    for one in outcome.result.configurations:
        for metric, values in one.scores.items():
            np.testing.assert_array_equal(scores[one.name, metric], values)
