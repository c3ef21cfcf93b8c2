"""Whose the rows of the covariates are: sales and visits per day share one source.

A row without a series counts for every series of both. Any other row belongs to the series of sales that it names. One
that names a series of visits per day, as `tasks.visit_counts.names` writes it, belongs to that, unless there are sales
of the same name: a row belongs to one product alone, and is counted as rejected only there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.sales.data.covariate_rows import EVERY_SERIES
from models.sales.data.labels.frequency import resolve_calendar
from nightcast.errors import InputError
from sql.settings import SalesSource
from sql.source.lookup import look_up_source, source_exists
from sql.source.reading import WantedColumn
from sql.source.values import different_values, held_values
from tasks.conversion.moments import to_local_days
from tasks.night import Night
from tasks.visit_counts.names import look_like_counts

DAILY = ("D", "B")
"""Frequencies of sales whose periods are days."""


@dataclass(frozen=True)
class Owner:
    """A product that reads covariates.

    Attributes:
        ids: the series that a row may name, text (S,), in the order of their codes.
        noun: what its series count, as in "a series without sales".
        columns: the columns of groups of the visits, whose values name series of visits per day.
        owns_counts: whether rows that name series of visits per day are its own; None: all rows are.
        with_shared: whether rows without a series are its own.
        taken: which of its series have the name of another product's, whose rows these are.
    """

    ids: pa.Array
    noun: str
    columns: Sequence[str]
    owns_counts: bool | None
    with_shared: bool = True
    taken: frozenset[str] = frozenset()

    def codes(self, ids: pa.Array) -> NDArray[np.int32]:
        """The code of each identifier; `EVERY_SERIES` without one, and less for a series that it may not name."""
        known = np.array(pc.index_in(ids, value_set=self.ids).fill_null(EVERY_SERIES - 1), dtype=np.int32)
        known[np.asarray(pc.equal(ids, ""))] = EVERY_SERIES
        known[self._is_taken(ids)] = EVERY_SERIES - 1
        return known

    def of_others(self, ids: pa.Array, code: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Which rows belong to the other product, (n,)."""
        others = np.logical_and(code == EVERY_SERIES, not self.with_shared)
        if self.owns_counts is None:
            return np.asarray(others)
        counts = look_like_counts(ids, self.columns) & ~self._is_taken(ids)
        return np.asarray(others | ((code < EVERY_SERIES) & (counts != self.owns_counts)))

    def _is_taken(self, ids: pa.Array) -> NDArray[np.bool_]:
        return np.asarray(pc.is_in(ids, value_set=pa.array(sorted(self.taken), pa.string())))

    def unknown_remedy(self) -> str:
        """What to do about rows of unknown series, as a clause."""
        if self.noun == "sales":
            return "[source.covariates] has to write series as [source.sales] does"
        return "a series of visits per day is 'all', or a value such as 'store=north' of a column of groups"


def sales_owner(night: Night, ids: pa.Array) -> Owner:
    """Sales: rows that name no series of theirs, but are written as visits per day, are not theirs if there are visits.

    Args:
        night: tonight.
        ids: the series of the sales.
    """
    visits = night.sections.source.visits
    return Owner(ids, "sales", visits.groups, False if source_exists(night.database, visits) else None)


def counts_owner(night: Night, ids: pa.Array) -> Owner:
    """Visits per day; what they cannot read as they mean it is said.

    Args:
        night: tonight.
        ids: the series of visits per day.
    """
    source, groups = night.sections.source.sales, night.sections.source.visits.groups
    if not source_exists(night.database, source):
        return Owner(ids, "visits", groups, None)
    taken = _taken(night, ids, source)
    if taken:
        listed = ", ".join(repr(name) for name in sorted(taken))
        night.warn(f"covariates of the series {listed} belong to the sales of that name, and not to visits per day")
    return Owner(ids, "visits", groups, True, sales_are_daily(night, source), taken)


def _taken(night: Night, ids: pa.Array, source: SalesSource) -> frozenset[str]:
    """The names of visits per day that are series of the sales, too."""
    try:
        located = look_up_source(night.database, "source.sales", source, [source.columns.series_id])
    except InputError:  # the night of the sales says so
        return frozenset()
    return frozenset(held_values(night.database, located, source.columns.series_id, ids.to_pylist()))


def sales_are_daily(night: Night, source: SalesSource) -> bool:
    """Whether the periods of the sales, by which rows without a series are dated, are days."""
    if source.frequency != "auto":
        return source.frequency in DAILY
    question, column = night.question, WantedColumn(source.columns.period, "moment")
    try:
        located = look_up_source(night.database, "source.sales", source, [column.name])
        found = [
            to_local_days(moments, question.timezone, question.timezone, question.clock)
            for moments in different_values(night.database, located, column)
        ]
        days = np.concatenate([np.zeros(0, np.int32), *(one.day[~one.unreadable & ~one.future] for one in found)])
        return not len(days) or resolve_calendar("auto", days).family in DAILY
    except InputError:  # the night of the sales says so
        return True
