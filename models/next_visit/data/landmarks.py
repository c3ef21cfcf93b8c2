"""Landmarks: past as-ofs as training examples, and the bins observed after them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.intervals import Rows
from models.next_visit.data.visits import VisitHistory
from nightcast.values import Bins

LONGEST_PAST = 910
"""Days back to the oldest landmark: two and a half years, which gives most training rows a level of the year before."""


def landmark_days(first: int | None, as_of: int, horizon: int, spacing: int) -> NDArray[np.int64]:
    """Past as-ofs whose whole horizon lies before `as_of`, `spacing` days apart, newest first.

    The newest is ``as_of - horizon``: its day `horizon` is the day before `as_of`. The oldest is later than
    `first`, the earliest visit day, so that at least one customer was known. Empty where no landmark was seen whole.
    """
    if first is None:
        return np.zeros(0, dtype=np.int64)
    return np.arange(as_of - horizon, first, -spacing, dtype=np.int64)


def past_landmarks(history: VisitHistory, as_of: int, bins: Bins, spacing: int) -> NDArray[np.int64]:
    """Past as-ofs of which at least the first bin was seen whole by `as_of`, newest first, not too long ago."""
    days = landmark_days(history.first, as_of, bins.edges[0], spacing)
    return days[days >= as_of - max(LONGEST_PAST, 2 * bins.horizon)]


def landmark_rows(history: VisitHistory, days: NDArray[np.int64], most: int, seed: int) -> Rows:
    """Every customer known at each landmark, or an even sample of `most` of these rows.

    The sample takes one row at random from each of `most` equal stretches of all rows, ordered by landmark and
    by the customer's first visit day, so that every landmark and every age keeps its share.
    """
    newcomers, sorted_first = history.by_first_day
    known = np.searchsorted(sorted_first, days)
    ends = np.cumsum(known)
    total = int(ends[-1]) if ends.size else 0
    sample = _even_sample(total, most, seed)
    landmark = np.searchsorted(ends, sample, side="right")
    customer = newcomers[sample - (ends - known)[landmark]]
    return Rows.at(history, customer, days[landmark])


def observed_bin(history: VisitHistory, rows: Rows, bins: Bins) -> NDArray[np.int64]:
    """The bin, numbered from 0, of the first visit day from each row's as-of on: (r,)."""
    returned = rows.end < history.offsets[rows.customer + 1]
    following = history.day[np.where(returned, rows.end, 0)]
    wait = np.where(returned, following - rows.day + 1, bins.horizon + 1)
    return np.searchsorted(np.asarray(bins.edges), wait).astype(np.int64)


def seen_whole(day: NDArray[np.int64], as_of: int, bins: Bins) -> NDArray[np.bool_]:
    """Which bins but the last lie before `as_of`, counted from each of these days: (r, K - 1)."""
    seen: NDArray[np.bool_] = day[:, None] + np.asarray(bins.edges) <= as_of
    return seen


def _even_sample(total: int, most: int, seed: int) -> NDArray[np.int64]:
    if total <= most:
        return np.arange(total, dtype=np.int64)
    inside = np.random.default_rng(seed).random(most)
    rows = ((np.arange(most) + inside) * (total / most)).astype(np.int64)
    return np.unique(np.minimum(rows, total - 1))
