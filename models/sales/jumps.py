"""Sales that have jumped or fallen to a level at which they never were, since the newest origin of the gate.

No past says whether such a level stays, and a recipe that was good before may follow by a fiftieth. The new level
then stands in, with the rhythm of the recipe's own forecast; the doubt that it stays halves with `HALF` more sales, and
until then the band holds both levels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Flags, Floats, Integers
from models.sales.data.outliers import FEWEST, RUN
from models.sales.data.panel import SalesPanel
from models.sales.recipes.model import DECILES, QUANTILES, Forecast, whole_numbers

JUMP = 10.0
"""Multiples of all earlier sales above which the sales since have jumped; below such a part they have fallen."""

HALF = 3.0

FOLLOWS = 3.0
"""A forecast follows if its mean is near the new level by this factor, and its 80 % band holds it but for `NEARLY`."""

NEARLY = 1.25

_BAND = (QUANTILES.index(DECILES[0]), QUANTILES.index(DECILES[-1]))


@dataclass(frozen=True, eq=False)
class Jumps:
    """Series that have jumped, (n,) each.

    Attributes:
        series: Places in the panel.
        column: The first column at the new level.
        sales: Sales since, that column's included.
    """

    series: Integers
    column: Integers
    sales: Integers

    def where(self, mask: Flags) -> Jumps:
        """Some of them."""
        return Jumps(self.series[mask], self.column[mask], self.sales[mask])


def find_jumps(known: SalesPanel) -> Jumps:
    """The series whose last sales, `RUN` or more within a horizon, are all far above all earlier ones, or far below."""
    nothing = np.zeros(0, np.int64)
    chunks = known.chunks if known.length else []
    parts = [Jumps(nothing, nothing, nothing), *(_jumps_in(known, part) for part in chunks)]
    return Jumps(*(np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])))


def follow_jumps(own: Forecast, known: SalesPanel, jumps: Jumps) -> Jumps:
    """Put the new level in place of forecasts that do not follow it, which are changed; returns these series."""
    taken = np.arange(known.length) >= jumps.column[:, None]
    values = known.values[jumps.series]
    values[:, known.closed_columns] = np.nan
    new, old = np.where(taken, values, np.nan), np.where(taken, np.nan, values)
    level = np.nanmean(new, axis=1) if len(jumps.series) else np.zeros(0)
    lost = ~_follow(own, known, jumps.series, level)
    series = jumps.series[lost]
    if not len(series):
        return jumps.where(lost)
    stays = 1 - 0.5 ** (jumps.sales[lost] / HALF)
    rhythm = _rhythm(own.mean[series], ~known.closed_steps(known.lengths.horizon))
    mean, quantiles = _both_levels(new[lost], old[lost], stays, rhythm)
    counts = known.counts[series]
    quantiles[counts] = whole_numbers(quantiles[counts])
    quantiles[:, :, 0] = np.minimum(quantiles[:, :, 0], np.floor(mean))
    quantiles[:, :, -1] = np.maximum(quantiles[:, :, -1], np.ceil(mean))
    own.mean[series], own.quantiles[series] = mean, quantiles
    return jumps.where(lost)


def _jumps_in(known: SalesPanel, part: slice) -> Jumps:
    size = np.nan_to_num(known.values[part])
    first = max(known.length - known.lengths.horizon, 0)
    sales = np.where(size > 0, size, np.inf)
    # Most series are sorted out by two maxima, or two minima.
    jumps = size[:, first:].max(axis=1, initial=0) > JUMP * size[:, :first].max(axis=1, initial=0)
    falls = JUMP * sales[:, first:].min(axis=1, initial=np.inf) < sales[:, :first].min(axis=1, initial=np.inf)
    rows = np.flatnonzero((jumps | falls) & (size.min(axis=1, initial=0) >= 0))
    size, sales = size[rows], sales[rows]
    sold = size > 0
    least_since, most_since = _since(np.minimum, sales), _since(np.maximum, size)
    least_before, most_before = _before(np.minimum, sales, np.inf), _before(np.maximum, size, 0.0)
    is_far = (least_since > JUMP * most_before) | (JUMP * most_since < least_before)
    number = np.cumsum(sold, axis=1)
    since = np.asarray(number[:, -1:] - number + 1)
    begins = sold & is_far & (since >= RUN) & (number > FEWEST)
    begins[:, :first] = False
    has_jumped = begins.any(axis=1)
    column = known.length - 1 - np.argmax(begins[has_jumped, ::-1], axis=1)
    return Jumps(rows[has_jumped] + part.start, column, since[has_jumped, column])


def _since(extreme: np.ufunc, sales: Floats) -> Floats:
    """The extreme of each column and those after it, (n, T)."""
    return np.asarray(extreme.accumulate(sales[:, ::-1], axis=1)[:, ::-1])


def _before(extreme: np.ufunc, sales: Floats, nothing: float) -> Floats:
    """The extreme of the columns before each, (n, T); `nothing` before the first."""
    return np.concatenate([np.full((len(sales), 1), nothing), extreme.accumulate(sales, axis=1)[:, :-1]], axis=1)


def _follow(own: Forecast, known: SalesPanel, series: Integers, level: Floats) -> Flags:
    """Which forecasts follow their new level, (n,)."""
    is_open = ~known.closed_steps(known.lengths.horizon)
    mean = own.mean[series][:, is_open].mean(axis=1)
    least, most = (own.quantiles[series][:, is_open, place].mean(axis=1) for place in _BAND)
    is_near = (mean * FOLLOWS >= level) & (mean <= FOLLOWS * level)
    return np.asarray(is_near & (least <= NEARLY * level) & (most * NEARLY >= level))


def _rhythm(mean: Floats, is_open: Flags) -> Floats:
    """The forecast of each step as a multiple of their mean, (n, H); 0 on closed days."""
    typical = mean[:, is_open].mean(axis=1, keepdims=True)
    return np.where(typical > 0, mean / np.where(typical > 0, typical, 1.0), 1.0) * is_open


def _both_levels(new: Floats, old: Floats, stays: Floats, rhythm: Floats) -> tuple[Floats, Floats]:
    """The mean, (n, H), and the quantiles, (n, H, Q), of a level that stays with a probability, or goes back.

    Args:
        new: Values since the jump, (n, T); NaN otherwise.
        old: Values before it, (n, T); NaN otherwise.
        stays: The probability, (n,).
        rhythm: Of the steps, (n, H).
    """
    share = np.array(QUANTILES)
    rises = np.nanmean(new, axis=1) > np.nanmean(old, axis=1)
    chance = np.where(rises, 1 - stays, stays)[:, None]  # of the lower level
    is_new = (share > chance) == rises[:, None]
    lower, upper = np.clip(share / chance, 0, 1), np.clip((share - chance) / (1 - chance), 0, 1)
    at_new = _at(new, np.where(rises[:, None], upper, lower))
    at_old = _at(old, np.where(rises[:, None], lower, upper))
    quantiles = np.where(
        is_new[:, None], at_new[:, None] * rhythm[:, :, None], at_old[:, None] * (rhythm > 0)[:, :, None]
    )
    mean = stays * np.nanmean(new, axis=1) + (1 - stays) * np.nanmean(old, axis=1)
    return mean[:, None] * rhythm, np.sort(quantiles, axis=2)


def _at(values: Floats, share: Floats) -> Floats:
    """The quantiles of each row's known values, (n, T), of which there is one at least, at its shares, (n, Q)."""
    ordered = np.sort(values, axis=1)  # unknown ones last
    place = share * (np.count_nonzero(~np.isnan(values), axis=1)[:, None] - 1)
    low, high = (np.take_along_axis(ordered, one.astype(np.int64), axis=1) for one in (np.floor(place), np.ceil(place)))
    return np.asarray(low + (high - low) * (place - np.floor(place)))
