"""Seasonal adjustment: the pattern of a classical additive decomposition is subtracted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Flags, Floats, Integers
from models.sales.recipes.classic.preparation.part import OffsetFit, largest_size


@dataclass(frozen=True)
class SeasonalAdjust:
    """Each value less its series' seasonal pattern, which is repeated ahead.

    Classical additive decomposition (Persons, 1919; Hyndman and Athanasopoulos, Forecasting: Principles and Practice,
    3.4): the trend is a moving average over one season, centred on each period (for an even season the mean of the two
    nearest to it); the pattern is the mean of value less trend at each position of the season, less its own mean over
    the positions. Unknown values are left out; an average needs half of its values. A series that spans less than two
    seasons from its first known value to its last is left as it is.

    Args:
        season: Periods of a season; with 1 nothing is done.

    Raises:
        ValueError: if the season is below 1.
    """

    season: int

    def fit(self, history: Floats) -> SeasonFit:
        """Find the pattern of each series (S, T)."""
        size = largest_size(history)
        values = history / size[:, None]
        pattern = _pattern(values - centred_average(values, self.season), self.season)
        long_enough = _span(~np.isnan(history)) >= 2 * self.season
        return SeasonFit(history, np.where(long_enough[:, None], pattern, 0.0) * size[:, None])


def _span(known: Flags) -> Integers:
    """Periods from the first to the last known value, (S,)."""
    later = known[:, ::-1].cumsum(axis=1)[:, ::-1] > 0
    return np.asarray(np.sum((known.cumsum(axis=1) > 0) & later, axis=1, dtype=np.int64))


def centred_average(values: Floats, season: int) -> Floats:
    """The moving average over one season centred on each period, (S, T).

    NaN where it would reach beyond a series' first or last known value, or where less than half of it is known.

    Args:
        values: (S, T), NaN unknown.
        season: Periods.
    """
    average = np.full(values.shape, np.nan)
    before, length = season // 2, values.shape[1]
    if length < 2 * before + 1:
        return average
    known = ~np.isnan(values)
    total, count = (_centred_sum(part, season) for part in (np.where(known, values, 0.0), known.astype(np.float64)))
    started, continued = known.cumsum(axis=1) > 0, known[:, ::-1].cumsum(axis=1)[:, ::-1] > 0
    inside = started[:, : length - 2 * before] & continued[:, 2 * before :]
    usable = inside & (count >= season)
    centre = slice(before, length - before)
    average[:, centre] = np.where(usable, total / np.maximum(count, 1.0), np.nan)
    return average


def _centred_sum(values: Floats, season: int) -> Floats:
    """Sums over the two windows of a season that are nearest to centred, (S, T - 2 (season // 2)).

    For an odd season both are the same one.
    """
    sums = np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1)
    windows = sums[:, season:] - sums[:, :-season]
    width = values.shape[1] - 2 * (season // 2)
    return windows[:, :width] + windows[:, windows.shape[1] - width :]


def _pattern(detrended: Floats, season: int) -> Floats:
    """The mean at each position of the season less the mean over all, (S, season); 0 where nothing is known."""
    padded = np.pad(detrended, ((0, 0), (-detrended.shape[1] % season, 0)), constant_values=np.nan)
    by_position = padded.reshape(len(padded), padded.shape[1] // season, season)
    known = ~np.isnan(by_position)
    mean = np.sum(by_position, axis=1, where=known) / np.maximum(known.sum(axis=1), 1)
    present = known.any(axis=1)
    centre = np.sum(mean, axis=1, where=present) / np.maximum(present.sum(axis=1), 1)
    return np.where(present, mean - centre[:, None], 0.0)


@dataclass(frozen=True, eq=False)
class SeasonFit(OffsetFit):
    """A fitted seasonal pattern.

    Attributes:
        pattern: (S, season), position 0 being that of step 1.
    """

    pattern: Floats

    def offset(self, columns: Integers) -> Floats:
        """The pattern in the periods `columns` (n,), (S, n)."""
        return np.asarray(self.pattern[:, (columns - self.history.shape[1]) % self.pattern.shape[1]])
