"""The experiment of a study of customers' next visits: every configuration, repeat by repeat."""

from __future__ import annotations

import time

from models.common.selection import Progress, no_progress, with_shares
from studies.data import Visits
from studies.intervals.charts import charts
from studies.intervals.measure import Outcome, of_most_frequent_bin
from studies.intervals.notes import notes
from studies.intervals.repeats import repeat_networks
from studies.intervals.settings import NetworkConfiguration, Settings
from studies.intervals.windows import Intervals, Splits
from studies.results import ConfigurationResult, StudyResult


def run(settings: Settings, data: Visits, progress: Progress = no_progress) -> StudyResult:
    """Run a study: every configuration on the same random splits of the same windows.

    Args:
        settings: Settings of the study.
        data: The visits.
        progress: Called with the share that is done.

    Raises:
        InputError: if the visits make too few windows.
    """
    intervals = Intervals.of(data, settings.windows)
    splits = Splits.draw(intervals.days.size, settings.windows.test_share, settings.repeats, settings.seed)
    outcomes: dict[str, Outcome] = {}
    results = []
    for configuration, part in with_shares(settings.configurations, progress):
        begin = time.perf_counter()
        if isinstance(configuration, NetworkConfiguration):
            outcome = repeat_networks(configuration, intervals, splits, settings.seed, part)
        else:
            outcome = of_most_frequent_bin(intervals, splits)
        outcomes[configuration.name] = outcome
        seconds = time.perf_counter() - begin
        results.append(ConfigurationResult(configuration.name, outcome.scores, seconds, outcome.compile_seconds))
    progress(1.0)
    return StudyResult(results, charts(intervals, splits, outcomes), notes(intervals, splits, outcomes))
