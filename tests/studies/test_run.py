"""Running a study: scores, summary and verdicts."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest

from nightcast.errors import InputError
from studies.results import StudyResult
from studies.run import StudyOutcome, run_study
from studies.study_file import read_study
from tests.studies.database import NoDatabase
from tests.studies.dice import DICE, dice

__all__ = ["dice"]


def run(path: Path) -> StudyOutcome:
    file = read_study(path)
    return run_study(file, file.experiment(NoDatabase()))


def changed(path: Path, before: str, after: str) -> Path:
    assert before in DICE
    path.write_text(DICE.replace(before, after), encoding="utf-8")
    return path


def same_scores(one: StudyResult, other: StudyResult) -> bool:
    return all(
        np.array_equal(values, theirs.scores[metric], equal_nan=True)
        for mine, theirs in zip(one.configurations, other.configurations, strict=True)
        for metric, values in mine.scores.items()
    )


def test_the_same_file_and_seed_give_the_same_table(dice: Path) -> None:
    first, second = run(dice), run(dice)
    assert first.rows == second.rows
    assert first.verdicts == second.verdicts
    assert same_scores(first.result, second.result)
    other = run(changed(dice, "seed = 3", "seed = 4"))
    assert not same_scores(first.result, other.result)


def test_scores_are_summed_up_and_judged(dice: Path) -> None:
    outcome = run(dice)
    rows = {(row.configuration, row.metric): row for row in outcome.rows}
    assert set(rows) == {(name, metric) for name in ("plain", "loaded", "off the table") for metric in ("pips", "eyes")}
    pips = outcome.result.configurations[0].scores["pips"]
    assert rows["plain", "pips"].mean == pytest.approx(pips.mean())
    assert rows["plain", "pips"].published is not None
    assert (rows["off the table", "pips"].count, rows["off the table", "pips"].diverged) == (25, 25)
    assert [(verdict.kind, verdict.holds) for verdict in outcome.verdicts] == [
        ("claim", "confirmed"),
        ("published", "confirmed"),
    ]
    assert outcome.finished_at - outcome.started_at == datetime.timedelta(seconds=outcome.seconds)


def test_data_that_the_kind_refuses_are_an_input_error(dice: Path) -> None:
    with pytest.raises(InputError, match="round"):
        run(changed(dice, "sides = 6", "sides = 600"))
