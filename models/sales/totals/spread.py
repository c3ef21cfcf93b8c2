"""How uncertain totals are: the spreads of the forecast tonight, and how errors went together at past origins.

The variance of a sum lies between that of independent errors, the sum of the variances, and that of errors that are all
the same, the square of the sum of the standard deviations. Where between them is the mean correlation, measured on past
errors: the products of different errors in the sum over those of their standard deviations. It is measured twice: among
the steps of a series, then among the series of a group. Few past errors say little, so each correlation is drawn
towards that of all series, or groups, of the span.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from models.common.arrays import Flags, Floats, Integers
from models.sales.features.scaling import level_of
from models.sales.recipes.model import known_quantiles
from models.sales.recipes.smoothing.forms import NORMAL
from models.sales.totals.spans import Span, sums

PRIOR = 0.1
"""The correlation where no past error is known."""

PRIOR_ORIGINS = 0.1
"""The weight of `PRIOR`, in origins."""

SHRINKAGE = 10.0
"""The weight, in origins, of the correlation of all series, or groups, in that of one."""

SMALL = 10.0
"""The largest mean of counts of which whole quantiles say little."""

HIDDEN = 0.5
"""The deviation that whole quantiles hide: with less, all of them may be one number."""

FEW_ERRORS = 100.0
"""The weight, in errors, of all series in the tails of one."""

TINY = 1e-300


def spread_of(mean: Floats, quantiles: Floats, counts: Flags) -> Floats:
    """The standard deviation of each cell, from quantiles (n, H, Q): that of the normal distribution nearest to them.

    Of counts, (n,) of bool, up to a mean of `SMALL` at least that of a Poisson distribution: whole quantiles say little
    of small ones. Larger ones may be steadier, since regular customers come as often every week: at least `HIDDEN`.
    """
    spread = np.maximum(quantiles @ (NORMAL / (NORMAL @ NORMAL)), 0.0)
    least = np.where(mean <= SMALL, np.sqrt(np.maximum(mean, 0.0)), HIDDEN)
    return np.asarray(np.where(counts[:, None], np.maximum(spread, least), spread))


@dataclass(frozen=True, eq=False)
class SeriesErrors:
    """The totals of n series over J spans.

    Attributes:
        spread: Standard deviation of each total, (n, J).
        errors: Past errors of the totals in units of `spread`, (O, n, J); NaN where unknown.
        distance: How far the totals lay from what was expected of the steps seen, in standard deviations, (O, n, J).
    """

    spread: Floats
    errors: Floats
    distance: Floats


def heaviness(values: Floats, errors: Floats, counts: Flags) -> Floats:
    """How much larger the deviation of past errors is than their quantiles say, (n,), at least 1.

    Where most values are zero, single large ones lie beyond the outer quantiles, but not beyond a sum. A series with
    few errors is drawn towards all of them.

    Args:
        values: Histories, (n, T), NaN unknown.
        errors: Past errors, (O, n, H), NaN unknown.
        counts: Which series count something, (n,): their usual deviation is at least that of a Poisson distribution.
    """
    if not errors.size:
        return np.ones(len(values))
    row = errors.transpose(1, 0, 2).reshape(errors.shape[1], -1)
    quantiles, number = known_quantiles(row)
    usual = spread_of(level_of(values)[:, None], quantiles[:, None], counts)[:, 0] ** 2
    square = np.nansum(row**2, axis=1) / np.maximum(number, 1)
    has_any = usual > 0
    pooled = square[has_any].sum() / usual[has_any].sum() if has_any.any() else 1.0
    ratio = np.divide(square, usual, out=np.full(len(usual), pooled), where=has_any)
    share = number / (number + FEW_ERRORS)
    return np.asarray(np.sqrt(np.maximum(share * ratio + (1 - share) * pooled, 1.0)))


def over_spans(spread: Floats, errors: Floats, spans: list[Span]) -> SeriesErrors:
    """The totals of series over spans.

    Args:
        spread: Standard deviation of each step, (n, H).
        errors: Past errors, (O, n, H), NaN unknown.
        spans: J spans.
    """
    known = ~np.isnan(errors)
    scaled = np.where(known, errors, 0.0) * _unit(errors, known) * spread
    seen = np.where(known, spread, 0.0)
    total, seen_apart = sums(scaled, spans), sums(seen**2, spans)
    seen_room = sums(seen, spans) ** 2 - seen_apart
    together, most = (total**2 - sums(scaled**2, spans)).sum(axis=0), seen_room.sum(axis=0)
    apart, alike = sums(spread**2, spans), sums(spread, spans) ** 2
    weight = 1 / np.maximum(apart, TINY) * (apart > 0)  # each series alike, whatever its size
    correlation = _correlation(together, most, alike - apart, len(errors), weight)
    deviation = np.sqrt(apart + correlation * (alike - apart))
    distance = distances(total, seen_apart, seen_room, correlation)
    return SeriesErrors(deviation, _standardised(total, sums(known.astype(np.float64), spans) > 0), distance)


def distances(total: Floats, apart: Floats, room: Floats, correlation: Floats) -> Floats:
    """How far totals (O, n, J) lay from what was expected, in standard deviations; NaN where nothing was.

    Args:
        total: Errors of totals.
        apart: Their variances if errors are independent.
        room: How much larger these are if all errors are the same.
        correlation: Of the errors, (n, J).
    """
    deviation = np.sqrt(apart + correlation * np.maximum(room, 0.0))
    return np.divide(np.abs(total), deviation, out=np.full_like(total, np.nan), where=deviation > 0)


def _unit(errors: Floats, known: Flags) -> Floats:
    """What brings the errors of each series, and of each step, to a mean square of 1, (n, H)."""
    of_series = _root_mean_square(errors, known, axis=(0, 2))[:, None]
    scaled = np.divide(errors, of_series, out=np.zeros_like(errors), where=known & (of_series > 0))
    of_step = _root_mean_square(scaled, known, axis=(0, 1))[None]
    size = of_series * of_step
    return np.divide(1.0, size, out=np.zeros_like(size), where=size > 0)


def _root_mean_square(values: Floats, known: Flags, axis: tuple[int, ...]) -> Floats:
    square = np.sum(values**2, axis=axis, where=known)
    return np.asarray(np.sqrt(square / np.maximum(known.sum(axis=axis), 1)))


def _standardised(total: Floats, known: Flags) -> Floats:
    size = _root_mean_square(total, known, axis=(0,))
    return np.where(known, np.divide(total, size, out=np.zeros_like(total), where=size > 0), np.nan)


def _correlation(together: Floats, most: Floats, room: Floats, origins: int, weight: Floats) -> Floats:
    """The correlation of each row and span, (n, J), drawn towards that of all rows.

    Args:
        together: Sums over origins of the products of different errors, (n, J).
        most: The same if all errors were the same.
        room: `most` of one origin at which everything is known.
        origins: O.
        weight: Weight of each row in that of all.
    """
    prior = PRIOR_ORIGINS * (weight * room).sum(axis=0)
    pooled = ((weight * together).sum(axis=0) + PRIOR * prior) / np.maximum((weight * most).sum(axis=0) + prior, TINY)
    drawn = (together + SHRINKAGE * pooled * room) / np.maximum(most + SHRINKAGE * room, TINY)
    return np.asarray(np.clip(drawn, 0.0, 1.0))


@dataclass
class GroupErrors:
    """The totals of groups, collected from some series after the others.

    Attributes:
        shape: Numbers of origins, groups and spans (O, G, J).
    """

    shape: tuple[int, int, int]
    apart: Floats = field(init=False)
    alike: Floats = field(init=False)
    total: Floats = field(init=False)
    squares: Floats = field(init=False)
    seen: Floats = field(init=False)
    seen_apart: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is collected yet."""
        self.apart, self.alike, self.squares = (np.zeros(self.shape[1:]) for _ in range(3))
        self.total, self.seen, self.seen_apart = (np.zeros(self.shape) for _ in range(3))

    def add(self, some: SeriesErrors, group: Integers) -> None:
        """Add series, each of a group (n,)."""
        count, known = len(group), ~np.isnan(some.errors)
        members = csr_array((np.ones(count), (group, np.arange(count))), shape=(self.shape[1], count))
        self.apart += members @ some.spread**2
        self.alike += members @ some.spread
        for number, here in enumerate(known):
            error = np.where(here, some.errors[number], 0.0) * some.spread
            spread = np.where(here, some.spread, 0.0)
            self.total[number] += members @ error
            self.squares += members @ error**2
            self.seen[number] += members @ spread
            self.seen_apart[number] += members @ spread**2

    @property
    def spread(self) -> Floats:
        """The standard deviation of each group's totals, (G, J)."""
        return np.asarray(np.sqrt(self.apart + self._correlation * np.maximum(self._room, 0.0)))

    @property
    def distance(self) -> Floats:
        """How far the totals lay from what was expected of the steps seen, in standard deviations, (O, G, J)."""
        return distances(self.total, self.seen_apart, self.seen**2 - self.seen_apart, self._correlation)

    @property
    def _room(self) -> Floats:
        return np.asarray(self.alike**2 - self.apart)

    @cached_property
    def _correlation(self) -> Floats:
        together = (self.total**2).sum(axis=0) - self.squares
        most = (self.seen**2 - self.seen_apart).sum(axis=0)
        weight = (self._room > 0) / np.maximum(self.apart, TINY)
        return _correlation(together, most, self._room, self.shape[0], weight)
