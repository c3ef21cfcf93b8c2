"""The summary table of a study: statistics of the scores, beside the published figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studies.results import StudyResult
from studies.settings import Configuration, Published
from studies.verdicts.samples import Sample

FIGURES = {
    "mean": "mean",
    "std": "std",
    "minimum": "min",
    "lower_quartile": "25 %",
    "median": "50 %",
    "upper_quartile": "75 %",
    "maximum": "max",
}
"""The heads of the statistics in a summary table."""


@dataclass(frozen=True)
class SummaryRow:
    """The scores of one configuration by one metric.

    Statistics are of the repeats that did not diverge, and NaN where there are none. Quartiles are interpolated.

    Attributes:
        configuration: Its name.
        metric: The metric of the scores.
        count: Repeats that did not diverge.
        mean: Mean of their scores.
        std: Standard deviation (n - 1), NaN with fewer than two.
        minimum: Minimum of their scores.
        lower_quartile: Lower quartile of their scores.
        median: Median of their scores.
        upper_quartile: Upper quartile of their scores.
        maximum: Maximum of their scores.
        diverged: Repeats whose score is NaN or infinite.
        published: The published figures of this configuration by this metric.
    """

    configuration: str
    metric: str
    count: int
    mean: float
    std: float
    minimum: float
    lower_quartile: float
    median: float
    upper_quartile: float
    maximum: float
    diverged: int = 0
    published: Published | None = None


def summarise(result: StudyResult, configurations: Sequence[Configuration] = ()) -> list[SummaryRow]:
    """One row for each configuration and metric, in the order of the result.

    Args:
        result: Result of the study.
        configurations: Configurations of the study file, with their published figures.
    """
    published = {(one.name, metric): figures for one in configurations for metric, figures in one.published.items()}
    return [
        summary_row(one.name, metric, Sample.of(scores), published.get((one.name, metric)))
        for one in result.configurations
        for metric, scores in one.scores.items()
    ]


def summary_row(configuration: str, metric: str, sample: Sample, published: Published | None = None) -> SummaryRow:
    """The row of one sample."""
    low, lower, median, upper, high = (
        np.percentile(sample.values, [0, 25, 50, 75, 100]) if sample.count else np.full(5, np.nan)
    )
    return SummaryRow(
        configuration,
        metric,
        sample.count,
        sample.mean,
        sample.std,
        minimum=float(low),
        lower_quartile=float(lower),
        median=float(median),
        upper_quartile=float(upper),
        maximum=float(high),
        diverged=sample.diverged,
        published=published,
    )
