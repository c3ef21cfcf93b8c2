"""Reading visits: from the source to usable rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nightcast.rejections import masked
from nightcast.values import counted, to_day
from sql.engine import Database
from sql.settings import VisitColumns, VisitSource
from sql.source.coding import is_whole
from sql.source.lookup import look_up_source
from sql.source.reading import WantedColumn, read_batches
from tasks.conversion.number_survey import NumberSurvey
from tasks.conversion.numbers import Numbers, is_text, to_numbers
from tasks.night import Bookings, Night, SourceRows
from tasks.product import LocatedSource, ProductSteps
from tasks.read import AFTER_THE_CLOCK, RowReader, code_rows
from tasks.reading.rows import FutureRows, UsableRows

_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,18}")
"""A whole number as identifiers write it."""

WALK_IN_SHARE = 1 / 3
"""The share of all visits from which on a customer is pointed out as a walk-in."""

FEWEST_CUSTOMERS = 10
"""With fewer, one of them may well have most visits."""

MOST_DAYS_AHEAD = 731
"""Nobody books further ahead: such a date is a default, or a typing error."""

TOO_FAR_AHEAD = "booked more than two years ahead"


def locate_visits(database: Database, source: VisitSource) -> LocatedSource:
    """The source of the visits, and the columns to read; the amount may be missing.

    Raises:
        InputError: if the source or a required column is missing.
    """
    columns = source.columns
    optional = [columns.amount] if columns.amount != VisitColumns().amount else []
    located = look_up_source(database, "source.visits", source, [columns.customer_id, columns.visited_at, *optional])
    wanted = [WantedColumn(columns.customer_id, "subject"), WantedColumn(columns.visited_at, "moment")]
    if columns.amount in located.types:
        wanted.append(WantedColumn(columns.amount, "number"))
    return LocatedSource(located, wanted)


class VisitReader(RowReader):
    """Sorts the rows of the visits; those after the clock are bookings, if the settings say so.

    A night of a past as-of knows no bookings: nobody can tell which of them were there then.
    """

    def __init__(self, night: Night, product: ProductSteps[Any, Any], value_name: str) -> None:
        """Prepare to read; see `RowReader`."""
        source = night.sections.source.visits
        super().__init__(night, product, value_name, source.timezone)
        self._subject = "customer"  # also where what is forecast are series
        self._excluded = pa.array(source.exclude_customers, pa.string())
        numbers = [int(name) for name in source.exclude_customers if _WHOLE.fullmatch(name)]
        # With a number that no column holds, NumPy would compare all as doubles.
        self._excluded_numbers = np.array([number for number in numbers if -(2**63) <= number < 2**63], np.int64)
        today = to_day(night.question.clock.astimezone(ZoneInfo(night.question.timezone)).date())
        are_bookings = source.future == "known"
        self._through = today + MOST_DAYS_AHEAD if are_bookings else -1
        self._reason = TOO_FAR_AHEAD if are_bookings else AFTER_THE_CLOCK
        if are_bookings and night.question.day == today:
            self.bookings = Bookings(pa.array([], pa.string()), np.empty(0, np.int32), np.empty(0))

    def usable(self, ids: pa.Array, moments: pa.Array, values: Numbers) -> UsableRows:
        """The usable rows of customers that are not excluded."""
        rows = super().usable(ids, moments, values)
        if not len(self._excluded):
            return rows
        kept = self._not_excluded(rows.ids)
        ids = rows.ids.filter(pa.array(kept))
        chosen = np.zeros(len(moments), dtype=np.bool_)
        chosen[rows.chosen] = kept
        return UsableRows(ids, rows.mentioned, rows.day[kept], rows.value[kept], rows.late[kept], chosen)

    def note_future(self, rows: FutureRows) -> None:
        """Keep bookings, and reject what is none."""
        possible = rows.day <= self._through
        self.reject(~possible, self._reason, rows.ids, rows.moments)
        if self.bookings is not None:
            kept = possible & self._not_excluded(rows.ids)
            self.bookings = Bookings(
                pa.concat_arrays([self.bookings.ids, rows.ids.filter(pa.array(kept))]),
                np.concatenate([self.bookings.day, rows.day[kept]]),
                np.concatenate([self.bookings.value, rows.value[kept]]),
            )

    def _not_excluded(self, ids: pa.Array) -> NDArray[np.bool_]:
        if not is_whole(ids):
            return ~np.asarray(pc.is_in(ids, value_set=self._excluded))
        return ~np.isin(np.asarray(ids), self._excluded_numbers)


def read_all(night: Night, product: ProductSteps[Any, Any], located: LocatedSource) -> SourceRows:
    """Read all visits."""
    reader = VisitReader(night, product, "amount")
    return code_rows(visit_batches(night, located, reader), reader, with_mentioned=False)


def visit_batches(night: Night, located: LocatedSource, reader: RowReader) -> Iterator[UsableRows]:
    """The usable visits. A visit whose amount cannot be read is kept, with an unknown amount."""
    survey = NumberSurvey(night.sections.source.visits.columns.amount)
    # A decimal of MySQL comes as text, too, but nobody wrote it.
    is_decimal = any(located.source.types[one.name] == "numeric" for one in located.columns if one.kind == "number")
    for ids, moments, *amounts in read_batches(night.database, located.source, located.columns):
        if amounts and is_text(amounts[0].type) and not is_decimal:
            survey.add(amounts[0])
        yield reader.usable(ids, moments, amounts_of(night, amounts, len(ids)))
    if misread := survey.misread():
        night.warn(f"{misread[0].lower()}{misread[1:].rstrip('.')}; they are read as decimals")


def amounts_of(night: Night, amounts: Sequence[pa.Array], size: int) -> Numbers:
    """The amounts of a batch of so many visits, unknown where the source has none."""
    if not amounts:
        return Numbers(np.full(size, np.nan), np.zeros(size, dtype=np.bool_))
    return to_numbers(amounts[0]).without(night.sections.source.visits.unknown_values)


def next_bookings(bookings: Bookings | None, ids: pa.Array) -> NDArray[np.float64]:
    """The day of each customer's first booking, days since 1970-01-01, float64 (n,); NaN without one."""
    if bookings is None:
        return np.full(len(ids), np.nan)
    code = np.asarray(pc.index_in(bookings.ids, value_set=ids).fill_null(-1).cast(pa.int64()))
    first = np.full(len(ids), np.inf)
    np.minimum.at(first, code[code >= 0], bookings.day[code >= 0])
    return np.where(np.isfinite(first), first, np.nan)


def new_bookings(rows: SourceRows) -> int:
    """The number of customers with a booking and without a visit."""
    if rows.bookings is None:
        return 0
    ids = rows.bookings.ids
    return len(ids.filter(pc.invert(pc.is_in(ids, value_set=rows.ids))).unique())


def point_out_new_bookings(night: Night, customers: int) -> None:
    """Say how many customers have booked, and have never come: without a visit they have no forecast."""
    if customers:
        number = counted(customers, "customer")
        night.warn(f"{number} with a booking, but no visit before the as-of: without a row in next_visit")


@dataclass(frozen=True)
class FrequentCustomer:
    """The customer with most visits: the masked identifier, their number, and that of all customers' visits."""

    name: str
    visits: int
    of: int


def most_frequent(rows: SourceRows) -> FrequentCustomer:
    """The customer with most visits; there has to be a row."""
    visits = np.bincount(rows.code)
    first = int(visits.argmax())
    return FrequentCustomer(masked(rows.ids[first].as_py()), int(visits[first]), int(visits.sum()))


def point_out_walk_in(night: Night, customers: int, most: FrequentCustomer) -> None:
    """Warn about a customer with so many of all visits that it is probably none: everybody without a card."""
    share = most.visits / most.of
    if customers >= FEWEST_CUSTOMERS and share >= WALK_IN_SHARE:
        night.warn(
            f"the customer {most.name} has {most.visits:,} of {most.of:,} visits "
            f"({share:.0%}): is it a walk-in? [source.visits] exclude_customers leaves it out"
        )
