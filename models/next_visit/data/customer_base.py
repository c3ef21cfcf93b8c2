"""All customers as they are known at an as-of: what recipes are fitted on and forecast from."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from models.next_visit.data.intervals import Rows, known_rows
from models.next_visit.data.visits import VisitHistory

Value = TypeVar("Value")


@dataclass(frozen=True, eq=False)
class CustomerBase:
    """The customers 0..n-1 at an as-of.

    Attributes:
        history: their visit days before the as-of.
        as_of: in days since 1970-01-01.
        sample: the customers that models learn from, in order, int64 (k,); None: all.
    """

    history: VisitHistory
    as_of: int
    sample: NDArray[np.int64] | None = None
    _computed: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def at(cls, history: VisitHistory, as_of: int) -> CustomerBase:
        """The customers at `as_of`; their visit days from then on are left out."""
        return cls(history.before(as_of), as_of)

    def before(self, day: int) -> CustomerBase:
        """The same customers as they were known at an earlier as-of."""
        return CustomerBase.at(self.history, day)

    def slice(self, start: int, stop: int) -> CustomerBase:
        """Customers `start` to `stop` (excluded), renumbered from 0, at the same as-of."""
        return CustomerBase(self.history.slice(start, stop), self.as_of)

    @cached_property
    def learned_from(self) -> CustomerBase:
        """The customers that models learn from, renumbered from 0 where these are not all."""
        return self if self.sample is None else CustomerBase(self.history.of(self.sample), self.as_of)

    @property
    def customers(self) -> int:
        """The number of customers, including those without a visit day."""
        return self.history.customers

    @cached_property
    def rows(self) -> Rows:
        """The customers with a visit day, at the as-of."""
        return known_rows(self.history, self.as_of)

    def for_everybody(self, values: NDArray[Any], missing: float = np.nan) -> NDArray[Any]:
        """The values of the customers in `rows`, (r, ...), with `missing` for all others: (n, ...)."""
        result = np.full((self.customers, *values.shape[1:]), missing, dtype=values.dtype)
        result[self.rows.customer] = values
        return result

    def once(self, name: Hashable, compute: Callable[[], Value]) -> Value:
        """The result of `compute`, which is called only once for each `name`.

        All recipes that are fitted on the same customers share such results.
        """
        if name not in self._computed:
            self._computed[name] = compute()
        value: Value = self._computed[name]
        return value
