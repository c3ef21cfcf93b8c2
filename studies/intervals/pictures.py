"""The charts of a study of customers' next visits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from studies.charts import BoxPlot, Chart, HeatMap, Histogram
from studies.intervals.outcome import Outcome
from studies.intervals.windows import Intervals, Splits


def charts(intervals: Intervals, splits: Splits, outcomes: dict[str, Outcome]) -> list[Chart]:
    """The intervals beside forecasts of them as numbers, the confusion of bins, and how candidates did.

    Args:
        intervals: All.
        splits: Of the repeats.
        outcomes: By configuration.
    """
    return [_lengths(intervals, splits, outcomes), *_confusions(intervals, outcomes), *_candidates(outcomes)]


def _lengths(intervals: Intervals, splits: Splits, outcomes: dict[str, Outcome]) -> Histogram:
    numbers = {name: outcome.numbers for name, outcome in outcomes.items() if outcome.numbers is not None}
    came = intervals.days[splits.test[0]].astype(np.float64)
    title = "Intervals that came, and as they were forecast" if numbers else "Intervals that came"
    return Histogram(f"{title}: the first repeat's test windows", "interval, days", {"came": came, **numbers})


def _confusions(intervals: Intervals, outcomes: dict[str, Outcome]) -> Iterator[HeatMap]:
    bins = ", ".join(intervals.labels)
    for name, outcome in outcomes.items():
        rows = np.maximum(outcome.confusion.sum(axis=1, keepdims=True), 1)
        yield HeatMap(
            f"{name}: what is said of the intervals of each bin",
            f"bin that is forecast: {bins} days",
            f"bin that came: {bins} days",
            outcome.confusion / rows,
            "share of the test windows of a row",
        )


def _candidates(outcomes: dict[str, Outcome]) -> Iterator[BoxPlot]:
    for name, outcome in outcomes.items():
        if outcome.chosen is not None:
            samples = {str(look_back): losses for look_back, losses in outcome.validation.items()}
            yield BoxPlot(f"{name}: candidates for the look-back, compared in training", "validation loss", samples)
