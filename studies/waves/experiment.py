"""The experiment of a study of waves: every configuration, repeat by repeat."""

from __future__ import annotations

from models.common.selection import Progress, no_progress, with_shares
from studies.data import SeriesData
from studies.results import StudyResult
from studies.waves.charts import charts
from studies.waves.notes import notes
from studies.waves.repeats import run_repeats
from studies.waves.settings import Settings
from studies.waves.windows import prepare


def run(settings: Settings, data: SeriesData, progress: Progress = no_progress) -> StudyResult:
    """Run a study.

    Scores are ``train_mae``, ``test_mae`` and ``test_rmse``, over all samples of a part, steps ahead and series, in the
    units of the series. Each repeat of each configuration has its own first weights.

    Args:
        settings: Settings of the study.
        data: Its series.
        progress: Called with the share that is done.

    Raises:
        InputError: if the series are too short for their split, a value is unknown, or a series is nothing but trend.
    """
    degrees = {configuration.degree for configuration in settings.configurations}
    prepared = {degree: prepare(settings, data, degree) for degree in degrees}
    results, outcomes = [], []
    for number, part in with_shares(range(len(settings.configurations)), progress):
        result, outcome = run_repeats(settings, number, *prepared[settings.configurations[number].degree], part)
        results.append(result)
        outcomes.append(outcome)
    _, samples = prepared[settings.configurations[0].degree]
    return StudyResult(results, charts(settings, data, samples, outcomes), notes(settings, data, samples, outcomes))
