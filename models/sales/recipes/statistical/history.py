"""The histories that the statistical models read: without gaps, in units of their own level."""

from __future__ import annotations

import numpy as np

from models.common.arrays import Flags, Floats
from models.sales.features.scaling import LARGEST_RATIO, levels, ratios

LEAST_KNOWN = 8
"""Known values that a series needs."""

SEASONS = 2
"""Seasons that a series has to span."""


def usable(values: Floats, season: int) -> Flags:
    """Series that a model can be fitted to, (n,).

    They span `SEASONS` seasons from their first known value on, at least `LEAST_KNOWN` values are known, and these are
    not all equal, before and after the scaling of `scaled`.

    Args:
        values: (n, T), NaN unknown.
        season: Periods.
    """
    known = ~np.isnan(values)
    if not values.shape[1]:
        return np.zeros(len(values), bool)
    span = np.where(known.any(axis=1), values.shape[1] - known.argmax(axis=1), 0)
    ratio = ratios(values, levels(values, values.shape[1]))
    spread = np.where(known, ratio, -np.inf).max(axis=1) > np.where(known, ratio, np.inf).min(axis=1)
    return np.asarray((span >= SEASONS * season) & (known.sum(axis=1) >= LEAST_KNOWN) & spread)


def scaled(values: Floats, season: int) -> tuple[Floats, Floats]:
    """Histories over their level, gaps filled, and the levels (n,); NaN before each first known value.

    The levels are rounded down to powers of two: the division is exact, and a forecast depends neither on the unit of
    its series nor on the length of other series. Values above `LARGEST_RATIO` levels count as that many.
    """
    level = levels(values, values.shape[1])
    level = np.where(level > 0, np.ldexp(0.5, np.frexp(level)[1]), 0.0)
    return filled(ratios(values, level), season), level


def filled(values: Floats, season: int) -> Floats:
    """Gaps after the first known value filled, (n, T).

    A gap takes the value at the same position of the last season with one, else of the next one, else the last value
    before it.
    """
    begun = np.logical_or.accumulate(~np.isnan(values), axis=1)
    padding = -values.shape[1] % season
    seasons = np.pad(values, ((0, 0), (padding, 0)), constant_values=np.nan).reshape(len(values), -1, season)
    seasons = _carried(_carried(seasons)[:, ::-1])[:, ::-1]
    whole = seasons.reshape(len(values), -1)[:, padding:]
    return _carried(np.where(begun, whole, np.nan))


def _carried(values: Floats) -> Floats:
    """Each unknown value replaced by the last known one before it along axis 1."""
    place = np.arange(values.shape[1]).reshape(1, -1, *(1,) * (values.ndim - 2))
    last = np.maximum.accumulate(np.where(np.isnan(values), 0, place), axis=1)
    return np.take_along_axis(values, last, axis=1)


def bounded(forecast: Floats) -> bool:
    """Whether a forecast in levels is finite, and no larger than a value of a history can be."""
    return bool(np.isfinite(forecast).all() and np.abs(forecast).max() <= LARGEST_RATIO)
