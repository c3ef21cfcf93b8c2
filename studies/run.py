"""Running a study: its experiment, the summary of the scores, and the verdicts."""

from __future__ import annotations

import datetime
import time
from dataclasses import dataclass

from models.common.selection import Progress, no_progress
from studies.kinds import Experiment
from studies.results import StudyResult
from studies.study_file import StudyFile
from studies.verdicts.judge import Verdict, judge
from studies.verdicts.summary import SummaryRow, summarise


@dataclass(frozen=True, eq=False)
class StudyOutcome:
    """A study that was run.

    Attributes:
        file: The study file.
        result: Scores, charts and notes.
        rows: The summary table.
        verdicts: On claims and published figures.
        started_at: When it started, aware.
        finished_at: When it ended, aware.
        seconds: Its duration, by a monotonic clock.
    """

    file: StudyFile
    result: StudyResult
    rows: list[SummaryRow]
    verdicts: list[Verdict]
    started_at: datetime.datetime
    finished_at: datetime.datetime
    seconds: float


def run_study(file: StudyFile, experiment: Experiment, progress: Progress = no_progress) -> StudyOutcome:
    """Run every repeat, summarise the scores, and judge the claims.

    Args:
        file: The study file.
        experiment: Its experiment, as `StudyFile.experiment` gives it.
        progress: Called with the share that is done.

    Raises:
        InputError: if the data do not fit the settings.
    """
    started_at, started = datetime.datetime.now(datetime.UTC), time.monotonic()
    result = experiment(progress)
    seconds = time.monotonic() - started
    return StudyOutcome(
        file=file,
        result=result,
        rows=summarise(result, file.settings.configurations),
        verdicts=judge(file.settings, result),
        started_at=started_at,
        finished_at=started_at + datetime.timedelta(seconds=seconds),
        seconds=seconds,
    )
