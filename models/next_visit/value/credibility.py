"""Means of customers, drawn towards the mean of all: the less is known of a customer, the more.

Buehlmann and Straub (1970): with n values of a customer, their mean counts n / (n + w), and the mean of all the rest.
The weight w is the variance within customers over the variance between their true means. Gamma-Gamma (Fader and Hardie,
2013) has the same form; this one needs no positive values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SMALLEST_WEIGHT, LARGEST_WEIGHT = 0.1, 100.0
"""So few customers may differ, or so many be alike, that only bounds keep the weight in a reasonable range."""


@dataclass(frozen=True)
class Credibility:
    """The mean of all customers, NaN where no value is known; and how many values of a customer it counts as."""

    mean: float
    weight: float

    @classmethod
    def fit(cls, count: NDArray[np.int64], total: NDArray[np.float64], squares: NDArray[np.float64]) -> Credibility:
        """By moments, from the number of each customer's values, their sum and the sum of their squares: (n,) each."""
        known = count > 0
        number, mean = count[known].astype(np.float64), total[known] / count[known]
        if not number.size:
            return cls(np.nan, 1.0)
        repeated = float((number - 1.0).sum())
        if repeated == 0.0 or number.size == 1:
            return cls(float(mean.mean()), 1.0)
        within = max(float((squares[known] - number * mean**2).sum()), 0.0) / repeated
        overall = float((number * mean).sum() / number.sum())
        spread = float((number * (mean - overall) ** 2).sum()) - (number.size - 1) * within
        between = spread / float(number.sum() - (number**2).sum() / number.sum())
        weight = LARGEST_WEIGHT if between <= 0.0 else float(np.clip(within / between, SMALLEST_WEIGHT, LARGEST_WEIGHT))
        share = number / (number + weight)
        return cls(float((share * mean).sum() / share.sum()), weight)

    def describe(self) -> list[float | None]:
        """Mean and weight, for JSON, which knows no NaN."""
        return [None if np.isnan(self.mean) else self.mean, self.weight]

    @classmethod
    def described(cls, values: Sequence[float | None]) -> Credibility:
        """What `describe` described."""
        mean, weight = values
        return cls(np.nan if mean is None else float(mean), float(weight or 0.0))

    def means(self, count: NDArray[np.int64], total: NDArray[np.float64]) -> NDArray[np.float64]:
        """The expected mean of each customer with so many values and this sum of them: (n,)."""
        result: NDArray[np.float64] = (total + self.weight * self.mean) / (count + self.weight)
        return result
