"""The groups of series over which forecasts are added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nightcast.values import WHOLE
from sql.settings import SalesSource
from sql.source.expressions import UNREADABLE
from sql.source.lookup import look_up_source
from sql.source.values import read_group_values
from tasks.night import Night

UNKNOWN = "unknown"
"""The value of a group for series that have none."""


@dataclass(frozen=True, eq=False)
class Grouping:
    """One way to group all series.

    Attributes:
        level: the column of the group, or `nightcast.values.WHOLE` for all series together.
        values: the groups, text (G,).
        group: the place of each series' group in `values`, (S,).
    """

    level: str
    values: pa.Array
    group: NDArray[np.int64]


def all_series(count: int) -> Grouping:
    """All series as one group."""
    return Grouping(WHOLE, pa.array([WHOLE]), np.zeros(count, dtype=np.int64))


def read_groupings(night: Night, ids: pa.Array, source: SalesSource) -> list[Grouping]:
    """The groups of the series by each column of the setting ``groups``, and all series together first.

    A series with several values of a group has that of its newest row. Groups are read as they stand now, also for a
    past as-of.

    Args:
        night: tonight.
        ids: the identifiers of the series.
        source: the settings of the sales.

    Raises:
        InputError: if the source has no such column.
    """
    names, columns = source.groups, source.columns
    if not names:
        return [all_series(len(ids))]
    keys = (columns.series_id, columns.period)
    relation = look_up_source(night.database, "source.sales", source, [*keys, *names])
    values = {name: list(read_group_values(night.database, relation, *keys, name)) for name in names}
    return [all_series(len(ids)), *(_grouping(night, ids, name, batches) for name, batches in values.items())]


def _grouping(night: Night, ids: pa.Array, name: str, batches: Sequence[list[pa.Array]]) -> Grouping:
    """The groups by one column, from each value that a series has."""
    rows = pa.table({column: _texts(batches, place) for place, column in enumerate(("series", "value", "newest"))})
    known = pc.not_equal(rows["value"], UNREADABLE).combine_chunks().fill_null(False)
    rows = rows.set_column(1, "value", pc.if_else(known, rows["value"], UNKNOWN))
    rows = rows.append_column("is_known", pc.cast(known, pa.int8()))
    order = [("series", "ascending"), ("is_known", "descending"), ("newest", "descending"), ("value", "descending")]
    rows = rows.sort_by(order)
    place = np.asarray(pc.index_in(rows["series"], ids).combine_chunks().fill_null(-1))
    first = np.flatnonzero(np.diff(place, prepend=-1) & (place >= 0))
    _say_several(night, name, place, np.asarray(rows["is_known"], dtype=np.bool_))
    encoded = rows["value"].take(pa.array(first)).combine_chunks().dictionary_encode()
    values = pa.concat_arrays([encoded.dictionary, pa.array([UNKNOWN])])
    group = np.full(len(ids), len(values) - 1, dtype=np.int64)
    group[place[first]] = np.asarray(encoded.indices)
    return _in_order(name, values, group)


def _texts(batches: Sequence[list[pa.Array]], place: int) -> pa.ChunkedArray:
    return pa.chunked_array([batch[place].cast(pa.string()) for batch in batches], pa.string())


def _say_several(night: Night, name: str, place: NDArray[np.int64], known: NDArray[np.bool_]) -> None:
    several = int(np.count_nonzero(np.bincount(place[known & (place >= 0)]) > 1))
    if several:
        night.warn(f"{several:,} series have several values of {name!r}; that of the newest row counts")


def _in_order(name: str, values: pa.Array, group: NDArray[np.int64]) -> Grouping:
    """The groups that have a series, sorted by value; equal values are one group."""
    texts, code = np.unique(np.asarray(values, dtype=object).astype(str), return_inverse=True)
    used, group = np.unique(code[group], return_inverse=True)
    return Grouping(name, pa.array(texts[used].tolist(), pa.string()), group.astype(np.int64))
