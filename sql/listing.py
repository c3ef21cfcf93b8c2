"""A listing: rows of plain values that are read in batches, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sql.engine import Database

Row = dict[str, Any]

BATCH_ROWS = 1000


@dataclass(frozen=True)
class Part:
    """The rows of one query.

    Attributes:
        query: the query.
        finished: completes a batch of its rows.
    """

    query: sa.Select[Any]
    finished: Callable[[list[Row]], list[Row]] = lambda rows: rows


class Listing:
    """The rows of one part after the other.

    Args:
        database: where they are.
        parts: the parts.
        limit: the greatest number of rows; None: all.
    """

    def __init__(self, database: Database, *parts: Part, limit: int | None) -> None:
        self._database = database
        self._parts = parts
        self.limit = limit

    def __iter__(self) -> Iterator[Row]:
        shown = 0
        for part in self._parts:
            for row in self._rows(part, None if self.limit is None else self.limit - shown):
                shown += 1
                yield row

    @property
    def total(self) -> int:
        """The number of rows without the limit."""
        with self._database.read() as connection:
            counts = [
                sa.select(sa.func.count()).select_from(part.query.order_by(None).subquery()) for part in self._parts
            ]
            return sum(connection.execute(count).scalar_one() for count in counts)

    def _rows(self, part: Part, limit: int | None) -> Iterator[Row]:
        with (
            self._database.read() as connection,
            connection.execute(part.query.limit(limit), execution_options={"yield_per": BATCH_ROWS}) as result,
        ):
            for batch in result.mappings().partitions():
                yield from part.finished([dict(row) for row in batch])
