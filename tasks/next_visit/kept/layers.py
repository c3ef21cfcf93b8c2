"""Visits in the order of customer and day, in layers that are put together without sorting them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sql.source.fingerprints.ask import Fingerprint


@dataclass(frozen=True)
class Partition:
    """A partition of the source whose rows were read.

    Attributes:
        name: its name, see `sql.source.fingerprints.partitions`.
        fingerprint: what it held when it was read.
        last_day: the last day of its usable rows, since 1970-01-01; -1 without one.
        rejections: reason, number of rows and a masked example of those that were rejected.
    """

    name: str
    fingerprint: Fingerprint
    last_day: int = -1
    rejections: Sequence[tuple[str, int, str]] = field(default_factory=tuple)


@dataclass(frozen=True, eq=False)
class Layer:
    """Visits; row i is of the customer ``ids[code[i]]`` and of ``partitions[partition[i]]``.

    Attributes:
        ids: identifiers in sorted order, text (n,); some may have no row.
        code: int32 (m,), in ascending order.
        day: int32 (m,), days since 1970-01-01, ascending within a customer.
        value: float64 (m,), ascending within a day.
        partition: int16 (m,).
        partitions: those that were read, also without a usable row.
    """

    ids: pa.Array
    code: NDArray[np.int32]
    day: NDArray[np.int32]
    value: NDArray[np.float64]
    partition: NDArray[np.int16]
    partitions: Sequence[Partition]

    @property
    def rows(self) -> int:
        """The number of visits."""
        return len(self.code)

    def where(self, chosen: NDArray[np.bool_]) -> Layer:
        """The chosen visits, (m,)."""
        if chosen.all():
            return self
        columns = (self.code[chosen], self.day[chosen], self.value[chosen], self.partition[chosen])
        return Layer(self.ids, *columns, self.partitions)

    def before(self, day: int) -> Layer:
        """The visits before a day."""
        return self.where(self.day < day)

    def of(self, chosen: NDArray[np.bool_]) -> Layer:
        """The chosen partitions."""
        if chosen.all():
            return self
        rows = self.where(chosen[self.partition])
        place = (np.cumsum(chosen) - 1).astype(np.int16)
        partitions = [self.partitions[number] for number in np.flatnonzero(chosen).tolist()]
        return replace(rows, partition=place[rows.partition], partitions=partitions)

    def of_customers(self) -> Layer:
        """The same without customers that have no row."""
        is_present = np.bincount(self.code, minlength=len(self.ids)) > 0
        if is_present.all():
            return self
        place = (np.cumsum(is_present) - 1).astype(np.int32)
        return replace(self, ids=self.ids.filter(pa.array(is_present)), code=place[self.code])


def joined_layers(first: Layer, second: Layer) -> Layer:
    """The visits of both; fast where the second has few."""
    ids, of_first, of_second = _joined_ids(first.ids, second.ids)
    code = first.code if of_first is None else of_first[first.code]
    other = of_second[second.code]
    # Two runs in order: the place of a row of the second is what stands before it in both.
    places = np.searchsorted(_keys(code, first.day), _keys(other, second.day), side="right") + np.arange(second.rows)
    is_first = np.ones(first.rows + second.rows, dtype=np.bool_)
    is_first[places] = False

    def merged(one: NDArray[np.generic], two: NDArray[np.generic]) -> NDArray[np.generic]:
        if not len(two):
            return one
        both = np.empty(len(is_first), dtype=one.dtype)
        both[is_first], both[places] = one, two
        return both

    moved = (second.partition + len(first.partitions)).astype(np.int16)
    return Layer(
        ids,
        merged(code, other),  # type: ignore[arg-type]
        merged(first.day, second.day),  # type: ignore[arg-type]
        merged(first.value, second.value),  # type: ignore[arg-type]
        merged(first.partition, moved),  # type: ignore[arg-type]
        [*first.partitions, *second.partitions],
    )


def _joined_ids(first: pa.Array, second: pa.Array) -> tuple[pa.Array, NDArray[np.int32] | None, NDArray[np.int32]]:
    """The identifiers of both in order, and the place of each of either among them; None: unchanged."""
    known = pc.index_in(second, value_set=first)
    if not known.null_count:
        return first, None, np.asarray(known, dtype=np.int32)
    is_new = known.is_null()
    both = pa.concat_arrays([first, second.filter(is_new)])
    order = pc.array_sort_indices(both)
    place = np.empty(len(both), dtype=np.int32)
    place[np.asarray(order)] = np.arange(len(both), dtype=np.int32)
    at = np.array(known.fill_null(0), dtype=np.int64)
    at[np.asarray(is_new)] = np.arange(len(first), len(both))
    return both.take(order), place[: len(first)], place[at]


def _keys(code: NDArray[np.int32], day: NDArray[np.int32]) -> NDArray[np.int64]:
    """One number for each row that sorts by customer, then day."""
    return (code.astype(np.int64) << 32) + day
