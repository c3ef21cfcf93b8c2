"""Reading visits: from the source to usable rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nightcast.rejections import masked
from sql.engine import Database
from sql.settings import VisitColumns, VisitSource
from sql.source.lookup import look_up_source
from sql.source.reading import WantedColumn, read_batches
from tasks.conversion.numbers import Numbers, to_numbers
from tasks.night import Night, SourceRows
from tasks.product import LocatedSource
from tasks.read import RowReader, UsableRows

WALK_IN_SHARE = 1 / 3
"""The share of all visits from which on a customer is pointed out as a walk-in."""

FEWEST_CUSTOMERS = 10
"""With fewer, one of them may well have most visits."""


def locate_visits(database: Database, source: VisitSource) -> LocatedSource:
    """The source of the visits, and the columns to read; the amount may be missing.

    Raises:
        InputError: if the source or a required column is missing.
    """
    columns = source.columns
    optional = [columns.amount] if columns.amount != VisitColumns().amount else []
    located = look_up_source(database, "source.visits", source, [columns.customer_id, columns.visited_at, *optional])
    wanted = [WantedColumn(columns.customer_id, "identifier"), WantedColumn(columns.visited_at, "moment")]
    if columns.amount in located.types:
        wanted.append(WantedColumn(columns.amount, "number"))
    return LocatedSource(located, wanted)


def visit_batches(night: Night, located: LocatedSource, reader: RowReader) -> Iterator[UsableRows]:
    """The usable visits. A visit whose amount cannot be read is kept, with an unknown amount."""
    excluded = pa.array(night.sections.source.visits.exclude_customers, pa.string())
    for ids, moments, *amounts in read_batches(night.database, located.source, located.columns):
        values = to_numbers(amounts[0]) if amounts else _unknown(len(ids))
        rows = reader.usable(ids, moments, values)
        yield _without(rows, excluded) if len(excluded) else rows


def point_out_walk_in(night: Night, rows: SourceRows) -> None:
    """Warn about a customer with so many of all visits that it is probably none: everybody without a card."""
    visits = np.bincount(rows.code)
    first = int(visits.argmax())
    share = visits[first] / visits.sum()
    if len(rows.ids) >= FEWEST_CUSTOMERS and share >= WALK_IN_SHARE:
        night.warn(
            f"the customer {masked(rows.ids[first].as_py())} has {visits[first]:,} of {visits.sum():,} visits "
            f"({share:.0%}): is it a walk-in? [source.visits] exclude_customers leaves it out"
        )


def _without(rows: UsableRows, excluded: pa.Array) -> UsableRows:
    kept = ~np.asarray(pc.is_in(rows.ids, value_set=excluded))
    return UsableRows(
        rows.ids.filter(pa.array(kept)), rows.mentioned, rows.day[kept], rows.value[kept], rows.late[kept]
    )


def _unknown(size: int) -> Numbers:
    return Numbers(np.full(size, np.nan), np.zeros(size, dtype=np.bool_))
