"""The recipe `count`: a rate for each series, and the negative binomial distribution around it.

For series of whole numbers with many zeros. The rate follows the past with several speeds, weighed by how well each
foretold the counts: the method of Teunter, Syntetos and Babai (2011) with a likelihood in place of a fixed speed. How
much counts vary beyond chance (Poisson) is learned from all series. Quantiles are whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Floats
from models.sales.recipes.model import QUANTILES

SPEEDS = np.array([0.01, 0.03, 0.06, 0.12, 0.25])
"""Shares of the newest count in the rate."""

SEASON_EVENTS = 20.0
"""The weight, in counts, of the season of all series in the season of one."""

POOLED_EVENTS = 30.0
"""The weight, in counts at a position, of no season in the season of all series."""

MOST_EVENTS = 50.0
"""Counts of a series that tell of the season of all series, at most."""

VARIATION_PERIODS = 20.0
"""The weight, in periods, of the variation of all series in that of one."""

FIRST_PERIODS = 6
"""Periods whose mean is the rate at the start."""

TINY = 1e-9


@dataclass(frozen=True, eq=False)
class _Rates:
    """The rates of n series after their history, for each of G speeds.

    Attributes:
        rate: (n, G).
        fit: The logarithm of the Poisson likelihood, (n, G).
        variation: Squared errors over what chance explains, (n, G).
    """

    rate: Floats
    fit: Floats
    variation: Floats


def forecast_counts(values: Floats, season: int, horizon: int) -> tuple[Floats, Floats]:
    """Mean (n, H) and quantiles (n, H, Q) of histories of counts (n, T), NaN unknown."""
    from scipy.stats import nbinom

    index = _season(values, season)
    rates, known = _rates(values, index), np.count_nonzero(~np.isnan(values), axis=1)
    variation = _variation(rates, known)
    weight = np.exp((rates.fit - rates.fit.max(axis=1, keepdims=True)) / variation[:, None])
    weight /= weight.sum(axis=1, keepdims=True)
    rate, speed = (weight * rates.rate).sum(axis=1), (weight * SPEEDS).sum(axis=1)
    doubt = (weight * (rates.rate - rate[:, None]) ** 2).sum(axis=1)
    factor = index[:, (values.shape[1] + np.arange(min(season, horizon))) % season]
    mean = np.maximum(rate[:, None] * factor, TINY)
    variance = mean * (variation * (1 + speed / (2 - speed)))[:, None] + doubt[:, None] * factor**2
    size = mean**2 / (np.maximum(variance, mean * (1 + 1e-6)) - mean)
    quantiles = nbinom.ppf(np.array(QUANTILES), size[:, :, None], (size / (size + mean))[:, :, None])
    step = np.arange(horizon) % season
    return np.where(mean > TINY, mean, 0.0)[:, step], np.nan_to_num(quantiles)[:, step]


def _season(values: Floats, season: int) -> Floats:
    """How many times the mean is usual at each position, position 0 being that of column 0, (n, m)."""
    if season == 1 or values.shape[1] < season:
        return np.ones((len(values), season))
    known = ~np.isnan(values)
    mean = np.nansum(values, axis=1) / np.maximum(known.sum(axis=1), 1)
    padding = ((0, 0), (0, -values.shape[1] % season))
    shape = (len(values), -1, season)
    events = np.pad(np.nan_to_num(values), padding).reshape(shape).sum(axis=1)
    expected = mean[:, None] * np.pad(known, padding).reshape(shape).sum(axis=1)
    share = np.divide(events, expected, out=np.ones_like(events), where=expected > 0)
    weight = np.minimum(events.sum(axis=1), MOST_EVENTS)[:, None] * (expected > 0)
    total = weight.sum(axis=0)
    pooled = (weight * share).sum(axis=0) / np.maximum(total, TINY)
    pooled = 1 + (pooled - 1) * total / season / (total / season + POOLED_EVENTS)
    index = (events + SEASON_EVENTS * pooled) / (expected + SEASON_EVENTS)
    return np.asarray(index / index.mean(axis=1, keepdims=True))


def _rates(values: Floats, index: Floats) -> _Rates:
    known, season = ~np.isnan(values), index.shape[1]
    first = values[:, : max(season, FIRST_PERIODS)]
    mean = np.nansum(values, axis=1) / np.maximum(known.sum(axis=1), 1)
    start = (np.nansum(first, axis=1) + mean) / (np.count_nonzero(~np.isnan(first), axis=1) + 1)
    rate = np.repeat(start[:, None], len(SPEEDS), axis=1)
    fit, squares, chance = np.zeros_like(rate), np.zeros_like(rate), np.zeros_like(rate)
    for column in range(values.shape[1]):
        here, factor = known[:, column, None], index[:, column % season, None]
        count, expected = np.where(here, values[:, column, None], 0.0), np.maximum(rate * factor, TINY)
        fit += np.where(here, count * np.log(expected) - expected, 0.0)
        squares += np.where(here, (count - expected) ** 2, 0.0)
        chance += np.where(here, expected, 0.0)
        rate = np.where(here, rate + SPEEDS * (count / np.maximum(factor, 0.2) - rate), rate)
    return _Rates(rate, fit, squares / np.maximum(chance, TINY))


def _variation(rates: _Rates, known: Floats) -> Floats:
    """Variance over mean of the counts around their rate, at least 1, (n,), drawn towards that of all series."""
    own = rates.variation.min(axis=1)
    usual = float(np.median(own[own > 0])) if (own > 0).any() else 1.0
    return np.asarray(np.maximum((known * own + VARIATION_PERIODS * usual) / (known + VARIATION_PERIODS), 1.0))
