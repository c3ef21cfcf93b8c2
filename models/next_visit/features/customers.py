"""A customer's features at an as-of: the last intervals, and a summary.

Everything is computed from visit days before the row's own day, so that nothing later can leak into a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.intervals import Rows, interval_lengths, last_positions
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.background import Background
from models.next_visit.features.hazards import log_odds
from models.next_visit.features.level_process import YEAR
from models.next_visit.features.purchases import Purchases
from nightcast.values import Bins

RECENT_DAYS = (14, 28, 56, 112, 364)
CHANNELS = ("present", "log_interval", "log_amount", "week_cosine", "week_sine")
SUMMARY = (
    "log_elapsed",
    "log_visit_days",
    "log_elapsed_over_mean",
    "log_elapsed_over_geometric_mean",
    "interval_spread",
    "log_elapsed_over_median",
    "log_elapsed_over_recent",
    "log_recent_interval",
    "share_of_longer_intervals",
    "log_longest_interval",
    "longer_than_ever",
    "mean_log_amount",
    *(f"visit_days_{days}" for days in RECENT_DAYS),
    "visit_days_a_year_ago",
)
CHUNK = 16_384
TYPICAL_INTERVAL = 30.0
OWN_WEIGHT = 3.0
MEDIAN_WEIGHT, MOST_MEDIAN_INTERVALS = 2.0, 5
RECENT_FACTOR, RECENT_WEIGHT = 0.7, 0.5
PARTS = ("sequence", "summary", "offset")


@dataclass(frozen=True, eq=False)
class Features:
    """The inputs of networks and trees, float32.

    Attributes:
        sequence: (r, look_back, channels), the newest interval last, zeros where there is none.
        summary: (r, features); columns as in `summary_names`.
        offset: (r, K - 1), log odds of Pareto/NBD's hazard of each bin, before any level.
    """

    sequence: NDArray[np.float32]
    summary: NDArray[np.float32]
    offset: NDArray[np.float32]

    @classmethod
    def joined(cls, parts: Sequence[Features]) -> Features:
        """The rows of all parts, one after the other; there has to be a part."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in PARTS))

    def raised(self, level: NDArray[np.float64]) -> Features:
        """The same rows with `level`, (K - 1) or (r, K - 1), added to the offset."""
        return replace(self, offset=(self.offset + level).astype(np.float32))


def summary_names(bins: Bins) -> list[str]:
    """The columns of `Features.summary`."""
    sources = ("own_hazard", "life_table", "pareto_nbd")
    return [*SUMMARY, *(f"{source}_{label}" for source in sources for label in bins.labels[:-1])]


def customer_features(
    history: VisitHistory, rows: Rows, bins: Bins, look_back: int, background: Background
) -> Features:
    """The features of `rows`, whose customers all have to be known at their day."""
    elapsed, visit_days = rows.elapsed(history), rows.visit_days(history)
    positions, present = last_positions(history, rows, look_back)
    lengths = interval_lengths(history, positions, present)
    amounts, logs = log_amounts(history.amount[positions]), _logs(lengths)
    hazards = background.table.bin_hazards(elapsed, visit_days, bins)
    own = own_hazards(lengths, present, elapsed, bins, hazards)
    offset = log_odds(background.pareto_nbd.bin_hazards(Purchases.at(history, rows), bins)).astype(np.float32)
    columns = np.stack(_summary(history, rows, lengths, logs, present, amounts, bins), axis=1)
    summary = np.concatenate([columns, log_odds(own), log_odds(hazards), offset], axis=1).astype(np.float32)
    return Features(_sequence(lengths, logs, present, amounts), summary, offset)


def features_in_chunks(
    history: VisitHistory, rows: Rows, bins: Bins, look_back: int, background: Background
) -> Features:
    """The same for many rows, at least one, with less memory for what is computed in between."""
    return Features.joined(
        [customer_features(history, part, bins, look_back, background) for part in rows.chunks(CHUNK)]
    )


def log_amounts(amount: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log of 1 + amount; an amount below zero counts as zero, and an unknown one stays NaN."""
    return np.log1p(np.maximum(amount, 0.0))


def own_hazards(
    lengths: NDArray[np.int64],
    present: NDArray[np.bool_],
    elapsed: NDArray[np.int64],
    bins: Bins,
    hazards: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Hazard of each bin but the last from the customer's own last intervals, shrunk to `hazards`: (r, K - 1).

    It is the share that ended inside the bin, of the own intervals that lasted until its first day. The life table's
    `hazards` count as three more intervals.
    """
    reached = [np.count_nonzero(present & (lengths >= (elapsed + edge)[:, None]), axis=1) for edge in (0, *bins.edges)]
    at_risk = np.column_stack(reached)
    ended = at_risk[:, :-1] - at_risk[:, 1:]
    result: NDArray[np.float64] = (ended + OWN_WEIGHT * hazards) / (at_risk[:, :-1] + OWN_WEIGHT)
    return result


def _logs(lengths: NDArray[np.int64]) -> NDArray[np.float64]:
    """Log of 1 + length; few lengths differ, and looking one up takes less time than a logarithm."""
    return np.asarray(np.log1p(np.arange(lengths.max(initial=0) + 1))[lengths])


def _sequence(
    lengths: NDArray[np.int64], logs: NDArray[np.float64], present: NDArray[np.bool_], amounts: NDArray[np.float64]
) -> NDArray[np.float32]:
    angle = lengths.astype(np.float32) * np.float32(2 * np.pi / 7)
    channels = [np.ones_like(angle), logs, np.nan_to_num(amounts), np.cos(angle), np.sin(angle)]
    return np.stack([np.where(present, channel, 0.0).astype(np.float32) for channel in channels], axis=2)


def _summary(
    history: VisitHistory,
    rows: Rows,
    lengths: NDArray[np.int64],
    logs: NDArray[np.float64],
    present: NDArray[np.bool_],
    amounts: NDArray[np.float64],
    bins: Bins,
) -> list[NDArray[np.float64]]:
    elapsed, visit_days = rows.elapsed(history), rows.visit_days(history)
    tenure = rows.day - history.day[history.offsets[rows.customer]]
    intervals = np.count_nonzero(present, axis=1)
    mean_log = logs.sum(axis=1) / np.maximum(intervals, 1)
    spread = np.sqrt(np.maximum((logs**2).sum(axis=1) / np.maximum(intervals, 1) - mean_log**2, 0.0))
    mean = (tenure - elapsed + TYPICAL_INTERVAL) / visit_days
    recent, longest = _recent_log(logs, present), np.where(present, lengths, 0).max(axis=1, initial=0)
    longer = np.count_nonzero(present & (lengths >= elapsed[:, None]), axis=1)
    return [
        np.log1p(elapsed),
        np.log1p(visit_days),
        np.log(elapsed / mean),
        np.where(intervals > 0, np.log1p(elapsed) - mean_log, 0.0),
        spread,
        np.log(elapsed / _medians(lengths, present)),
        np.log1p(elapsed) - recent,
        recent,
        (longer + 1.0) / (intervals + 2.0),
        np.log1p(longest),
        (elapsed > longest).astype(float),
        _mean_known(amounts, visit_days),
        *(np.log1p(_visits_since(history, rows, days)) for days in RECENT_DAYS),
        np.log1p(_visits_since(history, rows, YEAR) - _visits_since(history, rows, YEAR - bins.horizon)),
    ]


def _medians(lengths: NDArray[np.int64], present: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The lower median of the intervals, weighted as at most five, averaged with two of a typical length: (r,)."""
    count = np.count_nonzero(present, axis=1)
    ordered = np.sort(np.where(present, lengths, np.iinfo(np.int64).max), axis=1)
    middle = np.take_along_axis(ordered, np.maximum(count - 1, 0)[:, None] // 2, axis=1)[:, 0]
    weight = np.minimum(count, MOST_MEDIAN_INTERVALS)
    own = np.where(count > 0, middle, 0) * weight
    median: NDArray[np.float64] = (own + TYPICAL_INTERVAL * MEDIAN_WEIGHT) / (weight + MEDIAN_WEIGHT)
    return median


def _recent_log(logs: NDArray[np.float64], present: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Mean log of the intervals, each weighted 0.7 of the next newer one, and half a typical one: (r,)."""
    weight = present * RECENT_FACTOR ** np.arange(logs.shape[1])[::-1]
    total = (weight * logs).sum(axis=1) + RECENT_WEIGHT * np.log1p(TYPICAL_INTERVAL)
    mean: NDArray[np.float64] = total / (weight.sum(axis=1) + RECENT_WEIGHT)
    return mean


def _mean_known(amounts: NDArray[np.float64], visit_days: NDArray[np.int64]) -> NDArray[np.float64]:
    inside = np.arange(-amounts.shape[1], 0) >= -visit_days[:, None]
    known = np.isfinite(amounts) & inside
    total: NDArray[np.float64] = np.where(known, amounts, 0.0).sum(axis=1)
    mean: NDArray[np.float64] = total / np.maximum(known.sum(axis=1), 1)
    return mean


def _visits_since(history: VisitHistory, rows: Rows, days: int) -> NDArray[np.int64]:
    return rows.end - np.minimum(history.positions(rows.customer, rows.day - days), rows.end)
