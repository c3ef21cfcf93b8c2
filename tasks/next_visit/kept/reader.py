"""Reads visits with the partition of each, and counts rejected rows by partition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from models.next_visit.data.visits import order_of_visits
from sql.source.fingerprints.ask import Fingerprint
from sql.source.fingerprints.partitions import partition_of
from tasks.conversion.numbers import Numbers
from tasks.next_visit.kept.layers import Layer, Partition
from tasks.next_visit.reading import VisitReader
from tasks.night import Night
from tasks.product import ProductSteps
from tasks.reading.rows import UsableRows, code_ids, compact_batches, joined

ANY_DAY = 2**31 - 1

ELSEWHERE = Partition("elsewhere", Fingerprint(-1, ""))
"""The partition of rows that belong to none that the database told of; it is never kept."""

Batch = tuple[UsableRows, NDArray[np.int16]]
"""Usable rows, and the partition of each."""


class PartitionReader(VisitReader):
    """Reads partitions of the visits, also rows at or after the as-of.

    Args:
        night: as in `RowReader`.
        product: as in `RowReader`.
        wanted: the partitions to read, by name.
    """

    def __init__(self, night: Night, product: ProductSteps[Any, Any], wanted: Mapping[str, Fingerprint]) -> None:
        super().__init__(night, product, "amount")
        self._before = ANY_DAY
        self._names, self._wanted = list(wanted), list(wanted.values())
        size = len(wanted) + 1
        self._rows, self._last = np.zeros(size, dtype=np.int64), np.full(size, -1, dtype=np.int32)
        self._has_future = np.zeros(size, dtype=np.bool_)
        self._rejected: list[dict[str, tuple[int, str]]] = [{} for _ in range(size)]
        self._partition: NDArray[np.int16] | None = None

    def placed(self, ids: pa.Array, moments: pa.Array, values: Numbers) -> Batch:
        """The usable rows of a batch, each with its partition."""
        place = partition_of(moments, self._names)
        self._partition = np.where(place < 0, len(self._names), place).astype(np.int16)
        self._rows += np.bincount(self._partition, minlength=len(self._rows))
        rows = self.usable(ids, moments, values)
        partition, self._partition = self._partition[rows.chosen], None
        return rows, partition

    def note_days(self, day: NDArray[np.int32], usable: NDArray[np.bool_]) -> None:
        """Note the last day of each partition, too."""
        super().note_days(day, usable)
        if self._partition is not None:
            np.maximum.at(self._last, self._partition[usable], day[usable])

    def pass_future(self, mask: NDArray[np.bool_], day: Any, ids: pa.Array, moments: pa.Array, value: Any) -> None:
        """Note which partitions will be read otherwise by a later clock."""
        partition, self._partition = self._partition, None  # what is rejected now is of no partition that is kept
        if partition is not None:
            self._has_future[partition[mask]] = True
        super().pass_future(mask, day, ids, moments, value)
        self._partition = partition

    def reject(self, mask: NDArray[np.bool_], reason: str, ids: pa.Array, moments: pa.Array) -> None:
        """Count rejected rows of each partition, too."""
        super().reject(mask, reason, ids, moments)
        if self._partition is None or not mask.any():
            return
        rejected = np.flatnonzero(mask)
        partitions, first, number = np.unique(self._partition[rejected], return_index=True, return_counts=True)
        for partition, row, rows in zip(partitions, first, number, strict=True):
            before, example = self._rejected[partition].get(reason) or (0, self.example(rejected[row], ids, moments))
            self._rejected[partition][reason] = (before + int(rows), example)

    def layer(self, batches: list[Batch]) -> Layer:
        """The rows of all batches, in order; the list is emptied, since they may be large."""
        usable = compact_batches(rows for rows, _ in batches)
        ids, code = code_ids([rows.ids for rows in usable], [])
        day = joined([rows.day for rows in usable], np.int32)
        value = joined([rows.value for rows in usable], np.float64)
        partition = joined([place for _, place in batches], np.int16)
        batches.clear()
        usable.clear()
        order = order_of_visits(code, day, value)
        return Layer(ids, code[order], day[order], value[order], partition[order], self._partitions())

    def keepable(self) -> NDArray[np.bool_]:
        """Which partitions of the layer will be read alike by a later night, (p,).

        Those without a row after the clock; and only those of which exactly the rows were read that the fingerprint
        is of.
        """
        expected = np.array([*(one.rows for one in self._wanted), -1], dtype=np.int64)
        keepable: NDArray[np.bool_] = (self._rows == expected) & ~self._has_future
        return keepable

    def _partitions(self) -> list[Partition]:
        rejections = [
            tuple((reason, rows, example) for reason, (rows, example) in sorted(of.items())) for of in self._rejected
        ]
        named = zip(self._names, self._wanted, self._last.tolist(), rejections, strict=False)
        return [*(Partition(*one) for one in named), ELSEWHERE]
