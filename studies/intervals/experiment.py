"""Runs a study of customers' next visits."""

from __future__ import annotations

import time

from models.common.selection import Progress, no_progress, part_of
from studies.intervals.networks import run_networks
from studies.intervals.outcome import Outcome, of_shares
from studies.intervals.pictures import charts
from studies.intervals.settings import AnyConfiguration, NetworkConfiguration, Settings
from studies.intervals.visits import Visits
from studies.intervals.windows import Intervals, Splits
from studies.intervals.words import notes
from studies.results import ConfigurationResult, StudyResult


def run(settings: Settings, data: Visits, progress: Progress = no_progress) -> StudyResult:
    """Every configuration, on the same random splits of the same windows.

    Args:
        settings: Of the study.
        data: The visits, each by itself.
        progress: Told how much is done.

    Raises:
        InputError: if the visits make too few windows.
    """
    intervals = Intervals.of(data, settings.windows)
    splits = Splits.draw(intervals.days.size, settings.windows.test_share, settings.repeats, settings.seed)
    outcomes: dict[str, Outcome] = {}
    results, count = [], len(settings.configurations)
    for number, configuration in enumerate(settings.configurations):
        begin = time.perf_counter()
        part = part_of(progress, number / count, (number + 1) / count)
        outcome = _outcome(configuration, intervals, splits, settings.seed, part)
        outcomes[configuration.name] = outcome
        seconds = time.perf_counter() - begin
        results.append(ConfigurationResult(configuration.name, outcome.scores, seconds, outcome.compile_seconds))
    progress(1.0)
    return StudyResult(results, charts(intervals, splits, outcomes), notes(intervals, splits, outcomes))


def _outcome(
    configuration: AnyConfiguration, intervals: Intervals, splits: Splits, seed: int, progress: Progress
) -> Outcome:
    if isinstance(configuration, NetworkConfiguration):
        return run_networks(configuration, intervals, splits, seed, progress)
    return of_shares(intervals, splits)
