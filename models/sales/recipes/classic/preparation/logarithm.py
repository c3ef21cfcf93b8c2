"""The logarithm of values, shifted for series that are not positive."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.common.arrays import Floats, Integers
from models.sales.features.scaling import level_of
from models.sales.recipes.classic.preparation.part import SMALLEST, PointwiseFit, beside
from models.sales.recipes.model import LARGEST

SHARE = 0.05
"""The least shifted value of a series that is not positive, in units of its level."""

DEPTH = 1e-3
"""The point below which the logarithm is mirrored, in units of the least shifted value."""

_HIGHEST = math.log(LARGEST)
_SMALLEST = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class Logarithm:
    """The logarithm of value plus shift.

    The shift is 0 for a series whose known values are all positive. Otherwise the least shifted value is `SHARE` of the
    series' level, its mean absolute known value, or 1 for zeros. Later values may be lower than all known ones. For
    these the logarithm is mirrored at the point ``e``, `DEPTH` of the least shifted value: ``2 log(e) - log(2 e - v)``
    for ``v < e``, which inverts exactly. Only there do forecasts of positive series get below zero.
    """

    def fit(self, history: Floats) -> LogarithmFit:
        """Find the shift of each series (S, T)."""
        least = np.min(history, axis=1, where=~np.isnan(history), initial=np.inf)
        shifts = least <= 0
        level = level_of(history)
        room = np.where(level > SMALLEST, SHARE * level, 1.0)
        shift = np.where(shifts, room - np.where(shifts, least, 0.0), 0.0)
        lowest = np.where(shifts | np.isinf(least), room, least)
        return LogarithmFit(history, shift, np.maximum(lowest * DEPTH, _SMALLEST))


@dataclass(frozen=True, eq=False)
class LogarithmFit(PointwiseFit):
    """A fitted logarithm.

    Attributes:
        shift: Added to values, (S,).
        edge: Shifted values below it are mirrored, (S,); positive.
    """

    shift: Floats
    edge: Floats

    def forward(self, values: Floats, columns: Integers) -> Floats:
        """The logarithm of values (S, n, ...)."""
        edge = beside(self.edge, values)
        shifted = values + beside(self.shift, values)
        above = shifted >= edge
        logarithm = np.log(np.where(above, shifted, 2 * edge - shifted))
        return np.where(above, logarithm, 2 * np.log(edge) - logarithm)

    def backward(self, values: Floats, columns: Integers) -> Floats:
        """The values (S, n, ...) of logarithms."""
        edge = beside(self.edge, values)
        above = values >= np.log(edge)
        exponent = np.where(above, values, 2 * np.log(edge) - values)
        shifted = np.exp(np.minimum(exponent, _HIGHEST))
        return np.where(above, shifted, 2 * edge - shifted) - beside(self.shift, values)
