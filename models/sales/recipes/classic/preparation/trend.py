"""The trend of each series: a least-squares polynomial over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Flags, Floats, Integers
from models.sales.recipes.classic.preparation.part import OffsetFit, largest_size

FURTHEST = 100.0
"""A trend is cut at this many times the largest known value: a larger one would cost digits when it is subtracted."""


@dataclass(frozen=True)
class Detrend:
    """Each value less a polynomial over time, fitted to the known values of the history and extrapolated ahead.

    Time runs from -1 at a series' first known value to 1 at its last. The polynomial is a least-squares sum of
    polynomials that are orthogonal on the periods with a known value (Forsythe, 1957), which is stable with any gaps.
    A series with n known values gets at most the degree n - 1, one without known values no trend.

    Args:
        degree: 0 (the mean) or more.

    Raises:
        ValueError: if the degree is another.
    """

    degree: int = 1

    def fit(self, history: Floats) -> TrendFit:
        """Fit the trend of each series (S, T)."""
        known = ~np.isnan(history)
        size = largest_size(history)
        middle, half = _time_scale(known)
        time = (np.arange(history.shape[1]) - middle[:, None]) / half[:, None]
        residual = np.where(known, history / size[:, None], 0.0)
        return TrendFit(history, size, middle, half, *_fit_orthogonal(time, residual, known, self.degree))


def _time_scale(known: Flags) -> tuple[Floats, Floats]:
    """The middle of each series' known periods, and half their length, (S,) each; 1 for a single one."""
    length = known.shape[1]
    if not length:
        return np.zeros(len(known)), np.ones(len(known))
    first, last = known.argmax(axis=1), length - 1 - known[:, ::-1].argmax(axis=1)
    return (first + last) / 2, np.where(last > first, (last - first) / 2, 1.0)


def _fit_orthogonal(time: Floats, residual: Floats, known: Flags, degree: int) -> tuple[Floats, Floats, Floats]:
    """Coefficients, shifts and ratios, (S, degree + 1) each, of the recurrence in `TrendFit`."""
    count = np.count_nonzero(known, axis=1)
    coefficients, shifts, ratios = (np.zeros((len(time), degree + 1)) for _ in range(3))
    previous, current = np.zeros(time.shape), known.astype(np.float64)
    norm_before = np.ones(len(time))
    for power in range(degree + 1):
        norm = np.sum(current**2, axis=1)
        usable = (count > power) & (norm > 0)
        norm = np.where(usable, norm, 1.0)
        coefficients[:, power] = np.where(usable, np.sum(current * residual, axis=1) / norm, 0.0)
        shifts[:, power] = np.sum(time * current**2, axis=1) / norm
        ratios[:, power] = norm / norm_before if power else 0.0
        residual = residual - coefficients[:, power, None] * current
        following = (time - shifts[:, power, None]) * current - ratios[:, power, None] * previous
        previous, current, norm_before = current, following, norm
    return coefficients, shifts, ratios


@dataclass(frozen=True, eq=False)
class TrendFit(OffsetFit):
    """A fitted trend: the sum of ``c[k] p[k](t)``, times the size.

    ``p[0] = 1`` and ``p[k+1](t) = (t - a[k]) p[k](t) - b[k] p[k-1](t)``.

    Attributes:
        size: The largest absolute known value, (S,).
        middle: The column at which t is 0, (S,).
        half: Columns from there to t = 1, (S,).
        coefficients: c, (S, degree + 1).
        shifts: a, (S, degree + 1).
        ratios: b, (S, degree + 1).
    """

    size: Floats
    middle: Floats
    half: Floats
    coefficients: Floats
    shifts: Floats
    ratios: Floats

    def offset(self, columns: Integers) -> Floats:
        """The trend in the periods `columns` (n,), (S, n)."""
        time = (columns - self.middle[:, None]) / self.half[:, None]
        trend, previous, current = np.zeros(time.shape), np.zeros(time.shape), np.ones(time.shape)
        for power in range(self.coefficients.shape[1]):
            trend += self.coefficients[:, power, None] * current
            following = (time - self.shifts[:, power, None]) * current - self.ratios[:, power, None] * previous
            previous, current = current, following
        return np.clip(trend, -FURTHEST, FURTHEST) * self.size[:, None]
