"""Scaling: each series from its own values in the history to a range, or by its own size."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.common.arrays import Floats, Integers
from models.sales.features.scaling import level_of
from models.sales.recipes.classic.preparation.part import SMALLEST, PointwiseFit, beside, largest_size, positive

ROUNDING = 1e-12
"""A series that varies by no more than this share of its size counts as constant."""

NARROWEST = 1e-3
"""The least width of a range, as a share of the larger of its ends: a narrower one far from zero would lose digits."""


@dataclass(frozen=True)
class RangeScale:
    """The least and the largest known value of the history become `low` and `high`.

    A constant series becomes the middle of the range, and its size, or 1 for zeros, the width of the range; so does a
    series without known values.

    Args:
        low: What the least value becomes.
        high: What the largest value becomes.

    Raises:
        ValueError: if `low` is not below `high`, if one of them is not finite, or if they are closer than `NARROWEST`.
    """

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"The range from {self.low} to {self.high} must be finite, and low below high.")
        if (self.high - self.low) / 2 < NARROWEST * max(abs(self.low), abs(self.high)) / 2:
            raise ValueError(f"The range from {self.low} to {self.high} is too narrow that far from zero.")

    def fit(self, history: Floats) -> ShiftedScaleFit:
        """Find the range of each series (S, T)."""
        known = ~np.isnan(history)
        some = known.any(axis=1)
        least = np.where(some, np.min(history, axis=1, where=known, initial=np.inf), 0.0)
        most = np.where(some, np.max(history, axis=1, where=known, initial=-np.inf), 0.0)
        width = (most - least) / 2
        size = largest_size(history)
        constant = width <= np.maximum(ROUNDING * size, SMALLEST)
        half = np.where(constant, size / 2, width)
        return ShiftedScaleFit(history, (least + most) / 2, half, (self.low + self.high) / 2, self._half)

    @property
    def _half(self) -> float:
        return (self.high - self.low) / 2


@dataclass(frozen=True)
class MaximumScale:
    """Each series is divided by its largest absolute known value: a constant series becomes 1 or -1, zeros stay."""

    def fit(self, history: Floats) -> ShiftedScaleFit:
        """Find the size of each series (S, T)."""
        return _by_size(history, largest_size(history))


@dataclass(frozen=True)
class MeanScale:
    """Each series is divided by the mean of its absolute known values: a constant one becomes 1 or -1, zeros stay.

    Of absolute values: a mean near zero is no scale, and a negative one would reverse the order of quantiles.
    """

    def fit(self, history: Floats) -> ShiftedScaleFit:
        """Find the level of each series (S, T)."""
        return _by_size(history, positive(level_of(history)))


def _by_size(history: Floats, size: Floats) -> ShiftedScaleFit:
    return ShiftedScaleFit(history, np.zeros(len(size)), size, 0.0, 1.0)


@dataclass(frozen=True, eq=False)
class ShiftedScaleFit(PointwiseFit):
    """Values less a centre, divided by a size, on a scale of its own.

    Attributes:
        centre: The value that becomes `target`, (S,).
        size: The size that becomes `target_size`, above 0, (S,).
        target: A number.
        target_size: A number above 0.
    """

    centre: Floats
    size: Floats
    target: float
    target_size: float

    def forward(self, values: Floats, columns: Integers) -> Floats:
        """Values (S, n, ...) scaled."""
        centre, size = beside(self.centre, values), beside(self.size, values)
        return (values - centre) / size * self.target_size + self.target

    def backward(self, values: Floats, columns: Integers) -> Floats:
        """Values (S, n, ...) on the original scale."""
        centre, size = beside(self.centre, values), beside(self.size, values)
        return (values - self.target) / self.target_size * size + centre
