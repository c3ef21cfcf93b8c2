"""The logarithm of values, shifted where a series is not positive."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.common.arrays import Floats, Integers
from models.sales.recipes.constraints import LARGEST
from models.sales.recipes.preparation.part import SMALLEST, PointwiseFit, beside, bounded
from models.sales.recipes.seasonal_naive import level_of

SHARE = 0.05
"""What the least value of a series that is not positive becomes before the logarithm, in units of its level."""

DEPTH = 1e-3
"""Where the logarithm ends, in units of the least known value: below, it goes on as its own mirror image."""

_HIGHEST = math.log(LARGEST)
_SMALLEST = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class Logarithm:
    """The logarithm of value plus shift.

    The shift is 0 for a series whose known values are all positive. Else it makes the least one `SHARE` of the series'
    level, its mean absolute known value, or 1 for zeros. Later values may lie lower than all that was known. So that
    they have an image too, and one that inverts, the logarithm is mirrored at the point ``e``, `DEPTH` of the least
    shifted value: ``2 log(e) - log(2 e - v)`` for ``v < e``. Forecasts of positive series get below zero only there.

    Args:
        negative: Whether negative values are shifted or refused; zeros are always shifted.

    Raises:
        ValueError: if `negative` is neither.
    """

    negative: Literal["shift", "refuse"] = "shift"

    def __post_init__(self) -> None:
        if self.negative not in ("shift", "refuse"):
            raise ValueError(
                f'Negative values can be shifted or refused, not {self.negative!r}: say "shift" or "refuse".'
            )

    def fit(self, history: Floats) -> LogarithmFit:
        """Find the shift of each series (S, T).

        Raises:
            ValueError: if a value is negative and such are refused.
        """
        least = np.min(history, axis=1, where=~np.isnan(history), initial=np.inf)
        if self.negative == "refuse" and (least < 0).any():
            raise _negative(least)
        shifts = least <= 0
        level = level_of(history)
        room = np.where(level > SMALLEST, SHARE * level, 1.0)
        shift = np.where(shifts, room - np.where(shifts, least, 0.0), 0.0)
        lowest = np.where(shifts | np.isinf(least), room, least)
        return LogarithmFit(history, shift, np.maximum(lowest * DEPTH, _SMALLEST))


def _negative(least: Floats) -> ValueError:
    series = int((least < 0).argmax())
    return ValueError(
        f"Series {series} (the first is 0) holds {least[series]}, and a negative value has no logarithm: "
        'leave it out, or allow a shift with negative="shift".'
    )


@dataclass(frozen=True, eq=False)
class LogarithmFit(PointwiseFit):
    """A fitted logarithm.

    Attributes:
        shift: Added to values, (S,).
        edge: Shifted values below are mirrored, above 0, (S,).
    """

    shift: Floats
    edge: Floats

    def forward(self, values: Floats, columns: Integers) -> Floats:
        """The logarithm of values (S, n, ...)."""
        edge = beside(self.edge, values)
        with np.errstate(over="ignore"):
            shifted = bounded(values + beside(self.shift, values))
        above = shifted >= edge
        logarithm = np.log(np.where(above, shifted, 2 * edge - shifted))
        return np.where(above, logarithm, 2 * np.log(edge) - logarithm)

    def backward(self, values: Floats, columns: Integers) -> Floats:
        """The values (S, n, ...) of logarithms."""
        edge = beside(self.edge, values)
        above = values >= np.log(edge)
        exponent = np.where(above, values, 2 * np.log(edge) - values)
        shifted = np.exp(np.minimum(exponent, _HIGHEST))
        with np.errstate(over="ignore"):
            return bounded(np.where(above, shifted, 2 * edge - shifted) - beside(self.shift, values))
