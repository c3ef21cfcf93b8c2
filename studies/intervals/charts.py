"""The charts of a study of customers' next visits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from studies.charts import BoxPlot, Chart, HeatMap, Histogram
from studies.intervals.measure import Outcome
from studies.intervals.windows import Intervals, Splits


def charts(intervals: Intervals, splits: Splits, outcomes: dict[str, Outcome]) -> list[Chart]:
    """Observed intervals beside forecast ones, the confusion of bins, and the candidates for the look-back.

    Args:
        intervals: All intervals.
        splits: Splits of the repeats.
        outcomes: By configuration.
    """
    return [_lengths(intervals, splits, outcomes), *_confusions(intervals, outcomes), *_candidates(outcomes)]


def _lengths(intervals: Intervals, splits: Splits, outcomes: dict[str, Outcome]) -> Histogram:
    numbers = {name: outcome.numbers for name, outcome in outcomes.items() if outcome.numbers is not None}
    observed = intervals.days[splits.test[0]].astype(np.float64)
    title = "Observed and forecast intervals" if numbers else "Observed intervals"
    samples = {"observed": observed, **numbers}
    return Histogram(f"{title} in the test windows of the first repeat", "interval, days", samples)


def _confusions(intervals: Intervals, outcomes: dict[str, Outcome]) -> Iterator[HeatMap]:
    labels = tuple(intervals.labels)
    for name, outcome in outcomes.items():
        rows = np.maximum(outcome.confusion.sum(axis=1, keepdims=True), 1)
        yield HeatMap(
            f"{name}: forecast bin by observed bin",
            "forecast bin, days",
            "observed bin, days",
            outcome.confusion / rows,
            "share of the test windows of a row",
            labels,
            labels,
        )


def _candidates(outcomes: dict[str, Outcome]) -> Iterator[BoxPlot]:
    for name, outcome in outcomes.items():
        if outcome.chosen is not None:
            samples = {str(look_back): losses for look_back, losses in outcome.validation.items()}
            yield BoxPlot(f"{name}: validation loss by look-back", "validation loss", samples)
