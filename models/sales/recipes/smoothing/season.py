"""The season of many series: each one's own where it shows, else that of all series together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Floats

TINY = 1e-12

FEWEST_SEASONS = 1.5
"""Seasons of history from which a series has a season of its own."""


@dataclass(frozen=True, eq=False)
class Season:
    """Additive seasonal deviations of n series.

    Attributes:
        index: The deviation at each position, position 0 being that of column 0, (n, m); its mean is 0.
        noise: The variance of what neither level nor season explains, (n,).
    """

    index: Floats
    noise: Floats

    @classmethod
    def of(cls, values: Floats, season: int) -> Season:
        """The season of histories (n, T), NaN unknown, T at least 1.

        The mean deviation from a running mean, at each position. It is drawn towards the deviation of all series, and
        that towards 0, as far as chance explains them (empirical Bayes; Efron and Morris, 1973).
        """
        deviation = values - _running_mean(values, season)
        total, count = _by_position(deviation, season)
        own = total / np.maximum(count, 1)
        residual = deviation - np.nan_to_num(np.tile(own, -(-values.shape[1] // season))[:, : values.shape[1]])
        free = np.maximum(np.count_nonzero(~np.isnan(values), axis=1) - np.count_nonzero(count, axis=1), 1)
        noise = np.nansum(residual**2, axis=1) / free + TINY
        pooled = _pooled(own, count, noise)
        long_enough = np.count_nonzero(~np.isnan(values), axis=1) >= FEWEST_SEASONS * season
        index = pooled + _shrunk(own - pooled, count, noise) * long_enough[:, None]
        return cls(index - index.mean(axis=1, keepdims=True), noise)


def _running_mean(values: Floats, season: int) -> Floats:
    """The mean over a season around each value, (n, T); near an end, over the first or the last season.

    Where a season has an even number of periods, the two on the rim count half.
    """
    length, width = values.shape[1], min(season, values.shape[1])
    known = ~np.isnan(values)
    total, count = (
        np.cumsum(np.pad(part, ((0, 0), (1, 0))), axis=1) for part in (np.nan_to_num(values), known.astype(np.float64))
    )
    number = count[:, width:] - count[:, :-width]
    mean = (total[:, width:] - total[:, :-width]) / np.maximum(number, 1)  # of the season that begins at each column
    if width % 2 == 0 and mean.shape[1] > 1:
        mean = (mean[:, 1:] + mean[:, :-1]) / 2
    return mean[:, np.clip(np.arange(length) - width // 2, 0, mean.shape[1] - 1)]


def _by_position(values: Floats, season: int) -> tuple[Floats, Floats]:
    """The sum and the number of the known values at each position, (n, m) each."""
    padding = -values.shape[1] % season
    whole = np.pad(values, ((0, 0), (0, padding)), constant_values=np.nan).reshape(len(values), -1, season)
    return np.nansum(whole, axis=1), np.count_nonzero(~np.isnan(whole), axis=1).astype(np.float64)


def _pooled(own: Floats, count: Floats, noise: Floats) -> Floats:
    """The deviation of all series at each position, (m,), drawn towards 0 as far as series do not agree on it."""
    weight = count / noise[:, None]
    total = weight.sum(axis=0)
    mean = (weight * own).sum(axis=0) / np.maximum(total, TINY)
    series = np.maximum(np.count_nonzero(count, axis=0), 1)
    spread = (weight * (own - mean) ** 2).sum(axis=0) / np.maximum(total, TINY) / series
    return np.asarray(mean * mean**2 / np.maximum(mean**2 + spread, TINY) * (series > 1))


def _shrunk(own: Floats, count: Floats, noise: Floats) -> Floats:
    """Own deviations drawn towards 0 as far as noise explains them, (n, m)."""
    seen = count > 0
    chance = noise[:, None] / np.maximum(count, 1)
    number = np.maximum(seen.sum(axis=1), 1)
    signal = np.maximum(np.where(seen, own**2 - chance, 0.0).sum(axis=1) / number, 0.0)[:, None]
    return np.where(seen, own * signal / (signal + chance), 0.0)
