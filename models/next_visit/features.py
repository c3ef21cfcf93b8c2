"""What the network is told of a customer at an as-of: the last intervals, and a summary.

Everything is computed from visit days before the row's own day, so a row says nothing of what came later.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.next_visit.intervals import Rows, interval_lengths, last_positions
from models.next_visit.life_table import LifeTable
from models.next_visit.season import YEAR, Season
from models.next_visit.visits import VisitHistory
from nightcast.values import Bins

RECENT_DAYS = (14, 28, 56, 112, 364)
CHANNELS = ("present", "log_interval", "log_amount", "week_cosine", "week_sine")
SUMMARY = (
    "log_elapsed",
    "log_visit_days",
    "log_tenure",
    "log_elapsed_over_mean",
    "log_elapsed_over_geometric_mean",
    "interval_spread",
    "mean_log_amount",
    *(f"visit_days_{days}" for days in RECENT_DAYS),
    "a_year_known",
    "visit_days_a_year_ago",
)
TYPICAL_INTERVAL = 30.0
OWN_WEIGHT = 3.0


@dataclass(frozen=True, eq=False)
class Features:
    """Inputs of the network, float32.

    Attributes:
        sequence: (r, look_back, channels), the newest interval last, zeros where there is none.
        summary: (r, features); columns as in `summary_names`.
        offset: (r, K - 1), log odds of the life table's hazard of each bin, shifted by the season.
    """

    sequence: NDArray[np.float32]
    summary: NDArray[np.float32]
    offset: NDArray[np.float32]


def summary_names(bins: Bins) -> list[str]:
    """The columns of `Features.summary`."""
    return [*SUMMARY, *(f"own_hazard_{label}" for label in bins.labels[:-1])]


def features(
    history: VisitHistory, rows: Rows, bins: Bins, look_back: int, table: LifeTable, season: Season
) -> Features:
    """The features of `rows`, whose customers all have to be known at their day."""
    elapsed, visit_days = rows.elapsed(history), rows.visit_days(history)
    positions, present = last_positions(history, rows, look_back)
    lengths = interval_lengths(history, positions, present)
    amounts = log_amounts(history.amount[positions])
    hazards = table.bin_hazards(elapsed, visit_days, bins)
    own = own_hazards(lengths, present, elapsed, bins, hazards)
    columns = np.stack(_summary(history, rows, lengths, present, amounts, bins), axis=1).astype(np.float32)
    summary = np.concatenate([columns, log_odds(own)], axis=1)
    return Features(
        _sequence(lengths, present, amounts), summary, log_odds(hazards) + season.at(rows.day).astype(np.float32)
    )


def log_odds(probability: NDArray[np.float64]) -> NDArray[np.float32]:
    """Log odds, kept within what a single-precision network bears."""
    inside = np.clip(probability, 1e-5, 1 - 1e-5)
    return np.log(inside / (1 - inside)).astype(np.float32)


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

    Of the own intervals that reached a bin's first day after `elapsed`, the share that ended inside the bin; the
    life table counts as three more intervals.
    """
    reached = [np.count_nonzero(present & (lengths >= (elapsed + edge)[:, None]), axis=1) for edge in (0, *bins.edges)]
    at_risk = np.column_stack(reached)
    ended = at_risk[:, :-1] - at_risk[:, 1:]
    result: NDArray[np.float64] = (ended + OWN_WEIGHT * hazards) / (at_risk[:, :-1] + OWN_WEIGHT)
    return result


def _sequence(
    lengths: NDArray[np.int64], present: NDArray[np.bool_], amounts: NDArray[np.float64]
) -> NDArray[np.float32]:
    angle = lengths.astype(np.float32) * np.float32(2 * np.pi / 7)
    channels = [np.ones_like(angle), np.log1p(lengths), np.nan_to_num(amounts), np.cos(angle), np.sin(angle)]
    return np.stack([np.where(present, channel, 0.0).astype(np.float32) for channel in channels], axis=2)


def _summary(
    history: VisitHistory,
    rows: Rows,
    lengths: NDArray[np.int64],
    present: NDArray[np.bool_],
    amounts: NDArray[np.float64],
    bins: Bins,
) -> list[NDArray[np.float64]]:
    elapsed, visit_days = rows.elapsed(history), rows.visit_days(history)
    tenure = rows.day - history.day[history.offsets[rows.customer]]
    intervals = np.count_nonzero(present, axis=1)
    logs = np.where(present, np.log1p(lengths), 0.0)
    mean_log = logs.sum(axis=1) / np.maximum(intervals, 1)
    spread = np.sqrt(np.maximum((logs**2).sum(axis=1) / np.maximum(intervals, 1) - mean_log**2, 0.0))
    mean = (tenure - elapsed + TYPICAL_INTERVAL) / visit_days
    return [
        np.log1p(elapsed),
        np.log1p(visit_days),
        np.log1p(tenure),
        np.log(elapsed / mean),
        np.where(intervals > 0, np.log1p(elapsed) - mean_log, 0.0),
        spread,
        _mean_known(amounts, visit_days),
        *(np.log1p(_visits_since(history, rows, days)) for days in RECENT_DAYS),
        (tenure >= YEAR).astype(float),
        np.log1p(_visits_since(history, rows, YEAR) - _visits_since(history, rows, YEAR - bins.horizon)),
    ]


def _mean_known(amounts: NDArray[np.float64], visit_days: NDArray[np.int64]) -> NDArray[np.float64]:
    inside = np.arange(-amounts.shape[1], 0) >= -visit_days[:, None]
    known = np.isfinite(amounts) & inside
    total: NDArray[np.float64] = np.where(known, amounts, 0.0).sum(axis=1)
    mean: NDArray[np.float64] = total / np.maximum(known.sum(axis=1), 1)
    return mean


def _visits_since(history: VisitHistory, rows: Rows, days: int) -> NDArray[np.int64]:
    return rows.end - np.minimum(history.positions(rows.customer, rows.day - days), rows.end)
