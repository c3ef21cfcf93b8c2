"""Landmarks: past as-ofs as training examples, and the bins that came true."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.intervals import Rows
from models.next_visit.data.visits import VisitHistory
from nightcast.values import Bins


def landmark_days(first: int | None, as_of: int, horizon: int, spacing: int) -> NDArray[np.int64]:
    """Past as-ofs whose whole horizon lies before `as_of`, newest first.

    The newest is ``as_of - horizon``: its day `horizon` is the day before `as_of`. The oldest is later than
    `first`, so that at least one customer was known. Empty where no landmark was seen whole.
    """
    if first is None:
        return np.zeros(0, dtype=np.int64)
    return np.arange(as_of - horizon, first, -spacing, dtype=np.int64)


def landmark_rows(history: VisitHistory, days: NDArray[np.int64], most: int, seed: int) -> Rows:
    """Every customer known at each landmark, or an even sample of `most` of these rows.

    The sample takes one row at random from each of `most` equal stretches of all rows, ordered by landmark and
    by the customer's first visit day, so that every landmark and every age keeps its share.
    """
    newcomers, sorted_first = history.by_first_day
    known = np.searchsorted(sorted_first, days)
    ends = np.cumsum(known)
    total = int(ends[-1]) if ends.size else 0
    chosen = _spread(total, most, seed)
    landmark = np.searchsorted(ends, chosen, side="right")
    customer = newcomers[chosen - (ends - known)[landmark]]
    return Rows.at(history, customer, days[landmark])


def came_true(history: VisitHistory, rows: Rows, bins: Bins) -> NDArray[np.int64]:
    """The bin, numbered from 0, that the first visit day from each row's as-of on falls in."""
    returned = rows.end < history.offsets[rows.customer + 1]
    following = history.day[np.where(returned, rows.end, 0)]
    wait = np.where(returned, following - rows.day + 1, bins.horizon + 1)
    return np.searchsorted(np.asarray(bins.edges), wait).astype(np.int64)


def _spread(total: int, most: int, seed: int) -> NDArray[np.int64]:
    if total <= most:
        return np.arange(total, dtype=np.int64)
    inside = np.random.default_rng(seed).random(most)
    rows = ((np.arange(most) + inside) * (total / most)).astype(np.int64)
    return np.unique(np.minimum(rows, total - 1))
