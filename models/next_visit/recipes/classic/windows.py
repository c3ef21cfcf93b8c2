"""Timestamps to intervals, and look-back windows over a customer's last visits.

The functions take visits as flat arrays, sorted by customer, then day, and several visits on one day are allowed:
the interval between two of them is 0. The nightly path merges visits to visit days first, so that there an
interval is never 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Windows:
    """The last visits, and the intervals that end at them, of some rows; the newest last, padding on the left.

    Attributes:
        interval: int64 (r, look_back), calendar days between a visit and the one before it; 0 in the padding.
        has_interval: bool (r, look_back), which of them are no padding: a first visit ends no interval.
        amount: float64 (r, look_back), the visit's amount; NaN in the padding and where none is known.
        weekday: int64 (r, look_back), 0 for Monday to 6 for Sunday; -1 in the padding.
    """

    interval: NDArray[np.int64]
    has_interval: NDArray[np.bool_]
    amount: NDArray[np.float64]
    weekday: NDArray[np.int64]


def first_visits(customer: NDArray[np.integer]) -> NDArray[np.int64]:
    """For each visit of a sorted array of customers, the position of that customer's first visit."""
    place = np.arange(customer.size, dtype=np.int64)
    begins = np.ones(customer.size, dtype=np.bool_)
    begins[1:] = customer[1:] != customer[:-1]
    return np.maximum.accumulate(np.where(begins, place, 0))


def completed_intervals(
    first: NDArray[np.int64], day: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every interval that a next visit has ended.

    Args:
        first: as `first_visits` gives it.
        day: day of each visit, in days since 1970-01-01.

    Returns:
        The position of the visit that each interval begins with, and its calendar days.
    """
    begins = np.flatnonzero(first[1:] == first[:-1])
    return begins, day[begins + 1].astype(np.int64) - day[begins]


def windows_at(
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    day: NDArray[np.integer],
    amount: NDArray[np.float64],
    look_back: int,
) -> Windows:
    """The windows that end with the visits at the positions `last`, those visits included.

    Args:
        first: int64 (r), the position of the first visit of each row's customer.
        last: int64 (r), the position of the last visit that is known; `first` or later.
        day: day of each visit, in days since 1970-01-01.
        amount: amount of each visit; NaN where none is known.
        look_back: how many visits and intervals a window holds.
    """
    positions = last[:, None] + np.arange(1 - look_back, 1, dtype=np.int64)
    is_visit, has_interval = positions >= first[:, None], positions > first[:, None]
    positions = np.maximum(positions, first[:, None])
    interval = day[positions].astype(np.int64) - day[np.where(has_interval, positions - 1, positions)]
    weekday = (day[positions].astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    return Windows(
        interval, has_interval, np.where(is_visit, amount[positions], np.nan), np.where(is_visit, weekday, -1)
    )


def spread_evenly(total: int, most: int) -> NDArray[np.int64]:
    """Numbers of at most `most` of `total` rows, at equal distances."""
    taken = min(total, most)
    return np.arange(taken, dtype=np.int64) * total // max(taken, 1)
