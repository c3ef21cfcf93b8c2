"""Totals of a night's forecast: of each series over spans of time, and of groups of series.

Means are added up from the published means of the series, so that they agree in every direction. Bands follow from the
spreads of these and from past errors, see `models.sales.totals.spread`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.common.arrays import Flags, Floats, Integers
from models.sales.data.panel import SalesPanel
from models.sales.totals.bands import quantiles_of
from models.sales.totals.past_errors import choose_origins, past_errors, recent
from models.sales.totals.spans import PERIOD, Span, spans_of, sums
from models.sales.totals.spread import GroupErrors, SeriesErrors, heaviness, over_spans, spread_of
from models.sales.totals.tails import Distances
from nightcast.threads import in_threads

CELLS = 4_000_000
"""Past errors of steps that a thread has in memory at once."""

THREADS = 2
"""Each has some hundred MiB."""


@dataclass(frozen=True, eq=False)
class Totals:
    """Totals of N series or groups over J spans.

    Attributes:
        spans: The spans.
        mean: (N, J).
        quantiles: (N, J, Q), in order.
    """

    spans: list[Span]
    mean: Floats
    quantiles: Floats

    def take(self, rows: Integers) -> Totals:
        """The totals of some of the series or groups."""
        return Totals(self.spans, self.mean[rows], self.quantiles[rows])


def totals_of(
    mean: Floats, quantiles: Floats, known: SalesPanel, groupings: Sequence[tuple[Integers, int]]
) -> tuple[Totals, list[Totals]]:
    """The totals of all series over spans of several periods, and those of groups over all spans.

    Args:
        mean: Means of the steps, (S, H); NaN for a series without a forecast, which counts nowhere.
        quantiles: Their quantiles, (S, H, Q).
        known: What is known at the as-of.
        groupings: The group of each series, (S,), and the number of groups.
    """
    spans = spans_of(known.calendar, known.end, mean.shape[1])
    longer = [place for place, span in enumerate(spans) if span.name != PERIOD]
    kinds = _Kinds(np.asarray(~np.isnan(mean).any(axis=1)), known.floored, known.counts, known.rare)
    values = recent(known)
    origins = choose_origins(values.shape[1], mean.shape[1], known.lengths.season)
    collected = [GroupErrors((len(origins), count, len(spans))) for _, count in groupings]
    own, of_own = np.full((len(mean), len(longer)), np.nan), Distances(spans)

    def errors_of(part: slice) -> SeriesErrors:
        spread = spread_of(mean[part], quantiles[part], kinds.counts[part])
        errors = past_errors(values[part], origins, known.lengths.season, mean.shape[1])
        rare, counts = np.flatnonzero(kinds.rare[part]), kinds.counts[part]
        spread[rare] *= heaviness(values[part][rare], errors[:, rare], counts[rare])[:, None]
        return over_spans(np.nan_to_num(spread), errors, spans)

    parts = list(_parts(len(mean), len(origins) * mean.shape[1]))
    for part, some in zip(parts, in_threads(errors_of, parts, THREADS), strict=True):
        own[part] = some.spread[:, longer]
        of_own.add(some.distance)
        for (group, _), errors_of_groups in zip(groupings, collected, strict=True):
            errors_of_groups.add(some, group[part])
    summed, chosen = sums(mean, spans), [spans[place] for place in longer]
    factors = of_own.factors(len(origins))[longer]
    of_series = Totals(
        chosen, summed[:, longer], quantiles_of(summed[:, longer], own, kinds.floored, kinds.counts, factors)
    )
    filled = np.where(kinds.forecast[:, None], summed, 0.0)
    return of_series, [
        _of_groups(spans, _added(filled, *grouping), one, *kinds.of_groups(*grouping))
        for grouping, one in zip(groupings, collected, strict=True)
    ]


@dataclass(frozen=True, eq=False)
class _Kinds:
    """Whether each series is forecast, is never negative, counts something, and has many zeros, (S,) each."""

    forecast: Flags
    floored: Flags
    counts: Flags
    rare: Flags

    def of_groups(self, group: Integers, count: int) -> tuple[Flags, Flags]:
        """Whether a group is never negative, and counts something: as all of its series that are forecast, (G,)."""
        other = [np.bincount(group[self.forecast & ~flags], minlength=count) for flags in (self.floored, self.counts)]
        return other[0] == 0, other[1] == 0


def _parts(count: int, cells: int) -> Iterator[slice]:
    """All series, as many at once as have `CELLS` past errors."""
    step = max(1, CELLS // max(cells, 1))
    yield from (slice(start, min(start + step, count)) for start in range(0, count, step))


def _added(values: Floats, group: Integers, count: int) -> Floats:
    """The sums of rows by group, (G, J)."""
    return np.stack([np.bincount(group, column, minlength=count) for column in values.T], axis=1)


def _of_groups(spans: list[Span], mean: Floats, errors: GroupErrors, floored: Flags, whole: Flags) -> Totals:
    distances = Distances(spans)
    distances.add(errors.distance)
    factors = distances.factors(errors.shape[0])
    return Totals(spans, mean, quantiles_of(mean, errors.spread, floored, whole, factors))
