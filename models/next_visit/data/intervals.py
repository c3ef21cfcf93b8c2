"""Intervals between visit days, and the open interval since the last one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.visits import VisitHistory


@dataclass(frozen=True, eq=False)
class Rows:
    """Customers at past or present as-ofs: the rows that features and labels are made for.

    Attributes:
        customer: int64 (r), codes.
        day: int64 (r), the as-of of each row.
        end: int64 (r), the position in the history of the customer's first visit day from `day` on.
    """

    customer: NDArray[np.int64]
    day: NDArray[np.int64]
    end: NDArray[np.int64]

    @classmethod
    def at(cls, history: VisitHistory, customer: NDArray[np.int64], day: NDArray[np.int64] | int) -> Rows:
        """Rows of these customers, at one day for all or one day for each."""
        days = np.broadcast_to(np.asarray(day, dtype=np.int64), customer.shape)
        return cls(customer, days, history.positions(customer, days))

    @classmethod
    def joined(cls, parts: Sequence[Rows]) -> Rows:
        """The rows of all parts, one after the other; there has to be a part."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("customer", "day", "end")))

    @property
    def size(self) -> int:
        """The number of rows."""
        return self.customer.size

    def chunks(self, size: int) -> Iterator[Rows]:
        """The rows in pieces of `size`; the last one may be smaller."""
        for start in range(0, self.size, size):
            stop = start + size
            yield Rows(self.customer[start:stop], self.day[start:stop], self.end[start:stop])

    def every(self, step: int) -> Rows:
        """Every `step`-th row."""
        return Rows(self.customer[::step], self.day[::step], self.end[::step])

    def visit_days(self, history: VisitHistory) -> NDArray[np.int64]:
        """Visit days of each row's customer before its as-of."""
        return self.end - history.offsets[self.customer]

    def elapsed(self, history: VisitHistory) -> NDArray[np.int64]:
        """Days from the last visit day before the as-of to the as-of, at least 1; the customer has to be known."""
        return self.day - history.day[self.end - 1]


def known_rows(history: VisitHistory, day: int) -> Rows:
    """All customers with a visit day before `day`, at that day."""
    everyone = np.arange(history.customers, dtype=np.int64)
    rows = Rows.at(history, everyone, day)
    known = rows.visit_days(history) > 0
    return Rows(everyone[known], rows.day[known], rows.end[known])


def last_positions(history: VisitHistory, rows: Rows, look_back: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The positions at which the last `look_back` completed intervals before each row's as-of end, the newest last.

    Returns:
        Positions in ``history.day`` (r, look_back), and which of them hold an interval; the others, on the left,
        are padding and repeat the customer's first position.
    """
    positions = rows.end[:, None] + np.arange(-look_back, 0, dtype=np.int64)
    start = history.offsets[rows.customer][:, None]
    present = positions > start
    return np.where(present, positions, start), present


def interval_lengths(
    history: VisitHistory, positions: NDArray[np.int64], present: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Days of the interval that ends at each position; 0 where there is none."""
    previous = np.where(present, positions - 1, positions)
    return (history.day[positions] - history.day[previous]).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Waits:
    """Every wait for a next visit day, completed or still open at the as-of.

    Attributes:
        days: int64 (w), the interval, or for an open one the elapsed time.
        completed: bool (w), whether the visit came.
        visit_days: int64 (w), the customer's visit days when the wait began, that visit included.
    """

    days: NDArray[np.int64]
    completed: NDArray[np.bool_]
    visit_days: NDArray[np.int64]


def waits(history: VisitHistory, as_of: int) -> Waits:
    """All waits that had begun before `as_of`; one for each visit day before it."""
    known = history.before(as_of)
    ends = np.zeros(known.day.size, dtype=np.bool_)
    ends[known.offsets[1:][known.known] - 1] = True
    following = np.full(known.day.size, as_of, dtype=np.int64)
    following[:-1] = np.where(ends[:-1], as_of, known.day[1:])
    starts = np.repeat(known.offsets[:-1], known.visit_days)
    return Waits(following - known.day, ~ends, np.arange(known.day.size, dtype=np.int64) - starts + 1)
