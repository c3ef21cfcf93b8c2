"""The visit days of all customers, as flat arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

MOST_BITS = 63
"""Of a number without its sign."""


@dataclass(frozen=True, eq=False)
class VisitHistory:
    """Visit days of customers 0..n-1, customer after customer.

    Attributes:
        offsets: int64 (n + 1); customer c owns the positions ``offsets[c]`` to ``offsets[c + 1]``.
        day: int32 (m), days since 1970-01-01, strictly increasing within a customer.
        amount: float64 (m), the sum over a visit day; NaN where none is known.
    """

    offsets: NDArray[np.int64]
    day: NDArray[np.int32]
    amount: NDArray[np.float64]

    @classmethod
    def from_rows(cls, customer: ArrayLike, day: ArrayLike, amount: ArrayLike, customers: int) -> VisitHistory:
        """Merge visits, in any order, into visit days.

        Args:
            customer: codes 0..customers-1, one per visit.
            day: days since 1970-01-01, one per visit.
            amount: one per visit; one that is not finite is unknown.
            customers: how many customers there are, those without a visit included.
        """
        codes, days, amounts = np.asarray(customer), np.asarray(day), np.asarray(amount, dtype=np.float64)
        if codes.size == 0:
            empty = np.zeros(customers + 1, dtype=np.int64)
            return cls(empty, np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float64))
        first, last = int(days.min()), int(days.max())
        keys, order = _in_order(_keys(codes, days, first, last), amounts)
        starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
        amounts = amounts[order]
        present = np.isfinite(amounts)
        total = np.add.reduceat(np.where(present, amounts, 0.0), starts)
        total[~np.logical_or.reduceat(present, starts)] = np.nan
        keys, width = keys[starts], _width(first, last)
        owner = keys // width  # several times faster than both at once by `divmod`
        since = keys - owner * width
        return cls(_offsets(np.bincount(owner, minlength=customers)), (since + first).astype(np.int32), total)

    def before(self, day: int) -> VisitHistory:
        """The same customers with their visit days before `day` only."""
        if not self.day.size or day > int(self.day.max()):
            return self
        kept = self.day < day
        running = _offsets(kept)
        return VisitHistory(running[self.offsets], self.day[kept], self.amount[kept])

    def slice(self, start: int, stop: int) -> VisitHistory:
        """Customers `start` to `stop` (excluded), renumbered from 0; their days and amounts are not copied."""
        offsets = self.offsets[start : stop + 1]
        first, last = int(offsets[0]), int(offsets[-1])
        return VisitHistory(offsets - first, self.day[first:last], self.amount[first:last])

    def every(self, step: int) -> VisitHistory:
        """Every `step`-th customer, renumbered from 0."""
        return self.of(np.arange(0, self.customers, step))

    def of(self, customers: NDArray[np.integer]) -> VisitHistory:
        """These customers, (k,), renumbered from 0."""
        sizes = self.visit_days[customers]
        offsets = _offsets(sizes)
        positions = np.arange(offsets[-1]) + np.repeat(self.offsets[customers] - offsets[:-1], sizes)
        return VisitHistory(offsets, self.day[positions], self.amount[positions])

    @property
    def customers(self) -> int:
        """The number of customers."""
        return self.offsets.size - 1

    @property
    def visit_days(self) -> NDArray[np.int64]:
        """Visit days of each customer."""
        return np.diff(self.offsets)

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which customers have a visit day."""
        return self.visit_days > 0

    @property
    def first_day(self) -> NDArray[np.int32]:
        """First visit day of each customer; 0 where there is none."""
        return self._day_at(self.offsets[:-1])

    @property
    def last_day(self) -> NDArray[np.int32]:
        """Last visit day of each customer; 0 where there is none."""
        return self._day_at(self.offsets[1:] - 1)

    def _day_at(self, positions: NDArray[np.int64]) -> NDArray[np.int32]:
        days = np.zeros(self.customers, dtype=np.int32)
        known = self.known
        days[known] = self.day[positions[known]]
        return days

    @property
    def first(self) -> int | None:
        """The earliest visit day of all customers; None without a visit."""
        return int(self.day.min()) if self.day.size else None

    @property
    def data_through(self) -> int | None:
        """The latest visit day of all customers; None without a visit."""
        return int(self.day.max()) if self.day.size else None

    @cached_property
    def by_first_day(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The customers with a visit day, ordered by their first one, and those first days."""
        known = np.flatnonzero(self.known)
        first = self.first_day[known]
        order = np.argsort(first, kind="stable")
        return known[order], first[order]

    @cached_property
    def customer(self) -> NDArray[np.int64]:
        """The customer of each visit day, (m,)."""
        return np.repeat(np.arange(self.customers, dtype=np.int64), self.visit_days)

    @cached_property
    def _sorted_keys(self) -> NDArray[np.int64]:
        return _keys(self.customer, self.day, *self._span)

    @cached_property
    def _span(self) -> tuple[int, int]:
        return self.first or 0, self.data_through or 0

    @cached_property
    def known_amounts(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The number of each customer's visit days with a known amount, and the sum of these: (n,) each."""
        return self.sums_of(self.amount)

    def sums_of(
        self, amount: NDArray[np.float64], since: int | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The same of other amounts, (m,), or only of visit days from day `since` on."""
        is_wanted = np.isfinite(amount)
        if since is not None:
            is_wanted &= self.day >= since
        wanted = np.flatnonzero(is_wanted)
        customer = self.customer[wanted]
        count = np.bincount(customer, minlength=self.customers)
        total = np.bincount(customer, weights=amount[wanted], minlength=self.customers)
        return count.astype(np.int64), total.astype(np.float64)

    def positions(self, customer: NDArray[np.int64], day: NDArray[np.int64] | int) -> NDArray[np.int64]:
        """For each pair of customer and day, the position of the customer's first visit day from then on.

        ``positions(c, d) - offsets[c]`` is thus the number of visit days of `c` before `d`.
        """
        first, last = self._span
        inside = np.clip(np.asarray(day, dtype=np.int64), first, last + 1)
        return np.searchsorted(self._sorted_keys, _keys(customer, inside, first, last))


def order_of_visits(
    customer: NDArray[np.int32], day: NDArray[np.int32], amount: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The places of visits, (m,), in the order of customer and day."""
    if not customer.size:
        return np.empty(0, dtype=np.int64)
    return _in_order(_keys(customer, day, int(day.min()), int(day.max())), amount)[1]


def _in_order(keys: NDArray[np.int64], amounts: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The keys in order, and the places of their rows, those of three or more of one key by their amounts.

    `keys` is overwritten.

    By amount too, since the last digit of a sum of three depends on the order, and training amplifies the difference.
    Numbers of key and place together sort several times faster than the places by their keys.
    """
    bits = (keys.size - 1).bit_length()
    if int(keys.max()).bit_length() + bits > MOST_BITS:
        order = np.lexsort((amounts, keys))
        return keys[order], order
    if (keys[1:] >= keys[:-1]).all():  # as rows that were kept from the night before
        order = np.arange(keys.size)
    else:
        keys <<= bits
        keys |= np.arange(keys.size)
        keys.sort()
        order = keys & (1 << bits) - 1
        keys >>= bits
    is_third, several = keys[2:] == keys[:-2], np.zeros(keys.size, dtype=np.bool_)
    for place in range(3):
        several[place : place + is_third.size] |= is_third
    tied = np.flatnonzero(several)
    rows = order[tied]
    order[tied] = rows[np.lexsort((amounts[rows], keys[tied]))]
    return keys, order


def _width(first: int, last: int) -> int:
    """The number of keys of a customer."""
    return last - first + 2


def _keys(customer: NDArray[np.integer], day: NDArray[np.integer], first: int, last: int) -> NDArray[np.int64]:
    """One integer for each customer and day that sorts by customer, then day; `day` may be up to last + 1."""
    return customer.astype(np.int64) * _width(first, last) + (day.astype(np.int64) - first)


def _offsets(counts: NDArray[np.integer] | NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts, dtype=np.int64)])
