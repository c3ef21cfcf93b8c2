"""The interface of the parts of a preparation, and what they share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.common.arrays import Floats, Integers

SMALLEST = 1e-300
"""A series without larger values counts as all zeros when its scale is computed."""


class Part(Protocol):
    """A transformation of series before it is fitted."""

    def fit(self, history: Floats) -> FittedPart:
        """Fit every series on its own history.

        Args:
            history: (S, T), NaN unknown; kept, not copied.
        """
        ...


class FittedPart(Protocol):
    """A transformation fitted on histories of S series and T periods; it keeps the order of values."""

    def transform(self) -> Floats:
        """The history transformed, (S, T)."""
        ...

    def invert(self, ahead: Floats) -> Floats:
        """Forecasts of the H periods after the history on the original scale.

        Args:
            ahead: (S, H, ...); trailing axes such as quantiles are inverted separately, and keep their order.
        """
        ...


@dataclass(frozen=True, eq=False)
class PointwiseFit(ABC):
    """A fitted part that transforms each value by itself, in a way that may depend on the period.

    Attributes:
        history: (S, T), NaN unknown.
    """

    history: Floats

    @abstractmethod
    def forward(self, values: Floats, columns: Integers) -> Floats:
        """Transform values (S, n, ...) of the periods `columns` (n,), 0 being the first of the history."""

    @abstractmethod
    def backward(self, values: Floats, columns: Integers) -> Floats:
        """The inverse of `forward`."""

    def transform(self) -> Floats:
        """The history transformed, (S, T)."""
        return self.forward(self.history, self._columns(0, self.history))

    def invert(self, ahead: Floats) -> Floats:
        """Forecasts of the periods after the history on the original scale, (S, H, ...)."""
        return self.backward(ahead, self._columns(self.history.shape[1], ahead))

    @staticmethod
    def _columns(first: int, values: Floats) -> Integers:
        return np.arange(first, first + values.shape[1])


@dataclass(frozen=True, eq=False)
class OffsetFit(PointwiseFit):
    """A fitted part that subtracts an offset from each value."""

    @abstractmethod
    def offset(self, columns: Integers) -> Floats:
        """The offset in the periods `columns` (n,), (S, n)."""

    def forward(self, values: Floats, columns: Integers) -> Floats:
        """Values (S, n, ...) less the offset of their period."""
        return values - beside(self.offset(columns), values)

    def backward(self, values: Floats, columns: Integers) -> Floats:
        """Values (S, n, ...) and the offset of their period."""
        return values + beside(self.offset(columns), values)


def beside(numbers: Floats, values: Floats) -> Floats:
    """Numbers by series, or by series and period, shaped to broadcast over `values` (S, n, ...)."""
    return numbers.reshape(numbers.shape + (1,) * (values.ndim - numbers.ndim))


def largest_size(history: Floats) -> Floats:
    """The largest absolute known value of each series, (S,); 1 where that is zero or nothing is known."""
    size = np.max(np.abs(history), axis=1, where=~np.isnan(history), initial=0.0)
    return positive(size)


def positive(size: Floats) -> Floats:
    """Sizes to divide by: 1 instead of what is no larger than `SMALLEST`."""
    return np.where(size > SMALLEST, size, 1.0)
