"""The summary table of a study: how the scores of each configuration are spread, beside what was published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studies.results import StudyResult
from studies.samples import Sample
from studies.settings import Configuration, Published


@dataclass(frozen=True)
class SummaryRow:
    """The scores of one configuration by one metric.

    Figures are of the repeats that did not diverge, and NaN where there are none; quartiles lie between two values
    where they fall between them.

    Attributes:
        configuration: Its name.
        metric: What the figures are of.
        count: Repeats that did not diverge.
        mean: Of their scores.
        std: Standard deviation (n - 1), NaN with fewer than two.
        minimum: The smallest score.
        lower_quartile: A quarter of the scores are smaller.
        median: Half of the scores are smaller.
        upper_quartile: Three quarters of the scores are smaller.
        maximum: The largest score.
        diverged: Repeats whose score is NaN or infinite.
        published: What was published of the same metric of the same configuration.
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
        result: What the study found.
        configurations: Of the study file; what was published of them stands in the rows.
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
