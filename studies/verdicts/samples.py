"""Scores of repeats as a sample without those that diverged, and intervals of means.

Intervals are those of Welch (1947, "The generalization of 'Student's' problem when several different population
variances are involved", Biometrika 34), of independent samples whose variances may differ. A number counts as a sample
without variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from models.common.arrays import Floats

CONFIDENCE = 0.95


@dataclass(frozen=True, eq=False)
class Sample:
    """Scores of the repeats of one configuration.

    Attributes:
        values: Those that are finite, (n,).
        diverged: The number of the others, NaN or infinite.
    """

    values: Floats
    diverged: int = 0

    @classmethod
    def of(cls, scores: Floats) -> Sample:
        """The sample of scores, (repeats,), finite or not."""
        finite = np.isfinite(scores)
        return cls(np.asarray(scores, np.float64)[finite], int(np.count_nonzero(~finite)))

    @classmethod
    def number(cls, value: float) -> Sample:
        """A number to compare with, as a sample without variance."""
        return cls(np.full(2, value))

    @property
    def count(self) -> int:
        """Repeats that did not diverge."""
        return len(self.values)

    @property
    def repeats(self) -> int:
        """All repeats."""
        return self.count + self.diverged

    @property
    def is_constant(self) -> bool:
        """Whether there are two values at least, and all are equal."""
        return self.count > 1 and bool(np.all(self.values == self.values[0]))

    @property
    def mean(self) -> float:
        """The mean; NaN without values, exact where all are equal."""
        if not self.count:
            return np.nan
        return float(self.values[0] if self.is_constant else self.values.mean())

    @property
    def std(self) -> float:
        """The standard deviation (n - 1); NaN with fewer than two values, 0 exactly where all are equal."""
        if self.count < 2:
            return np.nan
        return 0.0 if self.is_constant else float(self.values.std(ddof=1))


@dataclass(frozen=True)
class Interval:
    """The interval of a mean, or of a difference of means, with a confidence of `CONFIDENCE`; NaN where unknown."""

    low: float
    high: float


def mean_interval(sample: Sample) -> Interval:
    """Student's interval of a mean; unknown with fewer than two values."""
    return difference_interval(sample, Sample.number(0.0))


def difference_interval(first: Sample, second: Sample) -> Interval:
    """Welch's interval of the first mean less the second; unknown where one has fewer than two values.

    The degrees of freedom are 1 / (s^2 / (n - 1) + (1 - s)^2 / (m - 1)), where s is the first sample's share of the
    variance of the difference. Without any variance, the interval is a point.
    """
    difference = first.mean - second.mean
    if first.count < 2 or second.count < 2:
        return Interval(np.nan, np.nan)
    errors = first.std / np.sqrt(first.count), second.std / np.sqrt(second.count)
    error = float(np.hypot(*errors))
    if error == 0:
        return Interval(difference, difference)
    share = (errors[0] / error) ** 2
    freedom = 1 / (share**2 / (first.count - 1) + (1 - share) ** 2 / (second.count - 1))
    reach = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * error
    return Interval(difference - reach, difference + reach)
