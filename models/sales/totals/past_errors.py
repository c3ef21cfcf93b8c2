"""Errors that a simple forecast of all series made at past origins: how errors go together, not how large they are.

One pass of exponential smoothing over the history forecasts from every origin on its way, so that thousands of series
take seconds.
"""

from __future__ import annotations

import numpy as np

from models.common.arrays import Flags, Floats, Integers
from models.sales.data.panel import SalesPanel
from models.sales.recipes.smoothing.season import Season

MOST_ORIGINS = 30
"""Past origins: more tell little that is new, since their horizons overlap."""

FEWEST_BEFORE = 4
"""Known values of a series before an origin at which its errors count."""

LONGEST_HISTORY = 1_096
"""Periods that are read: three years of days."""

AT_ONCE = 1_024
"""Series that are worked on at a time: what a period reads and writes stays in the cache."""

ALPHA, BETA, DAMPING = np.array(
    [(alpha, *trend) for trend in ((0.0, 0.0), (0.1, 0.95)) for alpha in (0.03, 0.1, 0.3, 0.6)]
).T
"""The share of an error in the level, the share of that in the trend, and what is left of a trend each step, (G,)."""


def choose_origins(length: int, horizon: int, season: int) -> Integers:
    """Columns of step 1 at past origins, evenly spread, (O,); none where the history is too short.

    After each of them the whole horizon has been seen, or half of it where the history is short.
    """
    start = FEWEST_BEFORE + min(season, length // 3)
    last = length - horizon if length - horizon >= start else length - -(-horizon // 2)
    if last < start:
        return np.zeros(0, np.int64)
    return np.unique(np.linspace(start, last, MOST_ORIGINS).astype(np.int64))


def recent(panel: SalesPanel) -> Floats:
    """The newest periods of a panel that hold a row, and are read, (S, T); closed days are unknown."""
    length = int(np.clip(panel.source_end - panel.first_ordinal, 0, panel.length))
    chosen = slice(max(length - LONGEST_HISTORY, 0), length)
    closed = panel.closed_columns[chosen]
    values = panel.values[:, chosen]
    return np.where(closed, np.nan, values) if closed.any() else values


def past_errors(values: Floats, origins: Integers, season: int, horizon: int) -> Floats:
    """The errors of the steps after each origin, (O, n, H); NaN where a value is unknown or nothing was known before.

    Each series has the smoothing that has been best so far. The season is that of the whole history: with little of it
    known, an early origin would tell of its own ignorance.

    Args:
        values: Histories, (n, T), NaN unknown.
        origins: Columns of step 1, in order, (O,).
        season: Periods.
        horizon: H.
    """
    errors = np.full((len(origins), len(values), horizon), np.nan)
    if not len(origins):
        return errors
    index = Season.of(values, season).index  # of all series: each has a share of what they have in common
    rest = values - index[:, np.arange(values.shape[1]) % season]
    parts = [slice(start, start + AT_ONCE) for start in range(0, len(values), AT_ONCE)]
    for part in parts:
        _fill_errors(errors[:, part], rest[part], origins)
    return errors


def _fill_errors(errors: Floats, rest: Floats, origins: Integers) -> None:
    """Write the errors of some series without their season; what is smoothed is (G, n): whole rows change at once."""
    damped = np.cumsum(DAMPING[:, None] ** np.arange(1, errors.shape[2] + 1), axis=1)
    known = ~np.isnan(rest)
    filled, known_as_number = (np.ascontiguousarray(part.T) for part in (np.where(known, rest, 0.0), known * 1.0))
    seen = np.cumsum(known, axis=1)
    level = np.repeat(_start(rest, known)[None], len(ALPHA), axis=0)
    trend, loss, error, change = (np.zeros_like(level) for _ in range(4))
    alpha, of_trend, damping, begin = ALPHA[:, None], (ALPHA * BETA)[:, None], DAMPING[:, None], 0
    row = np.arange(len(rest))
    for number, origin in enumerate(origins.tolist()):
        for column in range(begin, origin):
            trend *= damping
            level += trend
            np.subtract(filled[column], level, out=error)
            error *= known_as_number[column]
            level += np.multiply(alpha, error, out=change)
            trend += np.multiply(of_trend, error, out=change)
            loss += np.multiply(error, error, out=change)
        begin, best = origin, loss.argmin(axis=0)
        ahead = rest[:, origin : origin + errors.shape[2]]
        expected = level[best, row, None] + damped[best] * trend[best, row, None]
        enough = (seen[:, origin - 1] >= FEWEST_BEFORE)[:, None]
        errors[number, :, : ahead.shape[1]] = np.where(enough, ahead - expected[:, : ahead.shape[1]], np.nan)


def _start(values: Floats, known: Flags) -> Floats:
    """The mean of the first known values of each series, (n,)."""
    first = known & (np.cumsum(known, axis=1) <= FEWEST_BEFORE)
    return np.asarray(np.sum(values, axis=1, where=first) / np.maximum(first.sum(axis=1), 1))
