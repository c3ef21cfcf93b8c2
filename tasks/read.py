"""The step `read`: usable rows become codes, days and numbers; every other row is counted with a reason."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nightcast.rejections import masked
from sql.source.coding import is_whole
from sql.source.expressions import UNREADABLE
from sql.types import MOST_CHARACTERS
from tasks.conversion.moments import NO_DATE, LocalDays, to_local_days
from tasks.conversion.numbers import NO_NUMBER, Numbers
from tasks.conversion.plausible import EMPTY_YEARS, first_plausible_day
from tasks.night import Bookings, Night, SourceRows
from tasks.product import LocatedSource, ProductSteps
from tasks.reading.rows import FutureRows, UsableRows, code_ids, compact, compact_batches, decoded, joined

AFTER_THE_CLOCK = "after the clock"
UNREADABLE_IDENTIFIER = "is not UTF-8 text, or is a number too large for its column to hold exactly"
LONG_BEFORE = f"more than {EMPTY_YEARS} years before all other rows"


def read(night: Night, product: ProductSteps[Any, Any], located: LocatedSource) -> SourceRows:
    """Read the rows of a source before the as-of."""
    rows = product.read(night, located)
    night.entry.rows_read = rows.rows_read
    return rows


class RowReader(ABC):
    """Sorts the rows of a source into usable, ignored and rejected ones.

    Attributes:
        rows_read: number of rows of the source so far, including unusable ones.
        last_day: the last day with a usable row so far; -1 without one.
        future: number of rows by day after the clock, where the calendar decides about them.
        bookings: the rows after the clock that are bookings; None where there are none to know.
    """

    def __init__(self, night: Night, product: ProductSteps[Any, Any], value_name: str, timezone: str) -> None:
        """Prepare to read.

        Args:
            night: gives the as-of and the clock, and counts rejections.
            product: the product of the source.
            value_name: the name of the value in messages.
            timezone: IANA name of the time zone of timestamps without an offset.
        """
        self.rows_read, self.last_day = 0, -1
        self.future: Counter[int] = Counter()
        self.bookings: Bookings | None = None
        self._question, self._before = night.question, night.question.day
        self._rejections = night.rejections
        self._source, self._subject = product.source, product.subject
        self._value_name = value_name
        self._timezone = timezone

    def usable(self, ids: pa.Array, moments: pa.Array, values: Numbers) -> UsableRows:
        """The rows before the as-of that have a subject and a date."""
        question = self._question
        self.rows_read += len(ids)
        days = to_local_days(moments, self._timezone, question.timezone, question.clock)
        ids = ids if is_whole(ids) else ids.cast(pa.string()).fill_null("")
        nameless = np.asarray(ids.is_null() if is_whole(ids) else pc.equal(ids, ""))
        unnameable = self._unnameable(ids, moments)
        named = ~nameless & ~unnameable
        undated = named & days.unreadable
        usable = named & ~undated & ~days.future
        self.reject(nameless, f"no {self._subject}", ids, moments)
        self.reject(undated, NO_DATE, ids, moments)
        self.reject(usable & values.unreadable, f"{self._value_name} {NO_NUMBER}", ids, moments)
        self.pass_future(named & ~undated & days.future, days.day, ids, moments, values.value)
        self.note_days(days.day, usable)
        keep = usable & (days.day < self._before)
        texts, mentioned = ids.filter(pa.array(keep)), ids.filter(pa.array(undated))
        return UsableRows(texts, mentioned, days.day[keep], values.value[keep], self.late(days, keep), keep)

    def without_defaults(self, rows: UsableRows, first: int) -> UsableRows:
        """The rows from the first plausible day on; earlier ones are rejected."""
        early = rows.day < first
        if not early.any():
            return rows
        names, kept = (decoded(rows.ids.filter(pa.array(mask))) for mask in (early, ~early))
        self.reject(np.ones(len(names), dtype=np.bool_), LONG_BEFORE, names, pa.array(rows.day[early], pa.date32()))
        mentioned = pa.concat_arrays([rows.mentioned, names])
        return UsableRows(compact(kept), mentioned, rows.day[~early], rows.value[~early], rows.late[~early])

    def _unnameable(self, ids: pa.Array, moments: pa.Array) -> NDArray[np.bool_]:
        """Reject the rows whose identifier could be another one, or does not fit our tables; which they are."""
        if is_whole(ids):
            return np.zeros(len(ids), dtype=np.bool_)
        unreadable, too_long = np.asarray(pc.equal(ids, UNREADABLE)), is_too_long(ids)
        self.reject(unreadable, unreadable_identifier(self._subject), ids, moments)
        self.reject(too_long, too_long_identifier(self._subject), ids, moments)
        return unreadable | too_long

    def late(self, days: LocalDays, keep: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which of the moments to keep are midnights of the day after; visits are moments, and no labels."""
        return np.zeros(np.count_nonzero(keep), dtype=np.bool_)

    @abstractmethod
    def note_future(self, rows: FutureRows) -> None:
        """Count, keep or reject rows after the clock, of which there is at least one."""

    def note_days(self, day: NDArray[np.int32], usable: NDArray[np.bool_]) -> None:
        """Note the days of a batch, (n,), and which of its rows are usable."""
        self.last_day = max(self.last_day, int(day[usable].max(initial=-1)))

    def pass_future(
        self,
        mask: NDArray[np.bool_],
        day: NDArray[np.int32],
        ids: pa.Array,
        moments: pa.Array,
        value: NDArray[np.float64],
    ) -> None:
        """Note the rows of `mask`, which lie after the clock."""
        if mask.any():
            chosen = pa.array(mask)
            self.note_future(
                FutureRows(ids.filter(chosen).cast(pa.string()), moments.filter(chosen), day[mask], value[mask])
            )

    def reject(self, mask: NDArray[np.bool_], reason: str, ids: pa.Array, moments: pa.Array) -> None:
        """Count the rows of `mask` as rejected, with the first of them as the example."""
        if mask.any():
            example = self.example(int(np.flatnonzero(mask)[0]), ids, moments)
            self._rejections.add(self._source, reason, int(mask.sum()), example)

    def example(self, row: int, ids: pa.Array, moments: pa.Array) -> str:
        """A rejected row as people are shown it."""
        moment = moments.slice(row, 1).cast(pa.string())[0].as_py()  # by Arrow, since Python knows fewer years
        name = ids.slice(row, 1).cast(pa.string())[0].as_py()
        return f"{self._subject} {masked(name or '') or 'null'}, {moment or 'null'}"


def is_too_long(ids: pa.Array) -> NDArray[np.bool_]:
    """Which identifiers have more characters than our tables hold."""
    # Few batches have an identifier of more bytes, and bytes are counted without reading them.
    if (pc.max(pc.binary_length(ids)).as_py() or 0) <= MOST_CHARACTERS:
        return np.zeros(len(ids), dtype=np.bool_)
    return np.asarray(pc.greater(pc.utf8_length(ids), MOST_CHARACTERS))


def unreadable_identifier(subject: str) -> str:
    """The reason to reject an identifier that could not be read."""
    return f"the {subject} {UNREADABLE_IDENTIFIER}"


def too_long_identifier(subject: str) -> str:
    """The reason to reject an identifier that our tables cannot hold."""
    return f"the {subject} has more than {MOST_CHARACTERS} characters"


def code_rows(batches: Iterable[UsableRows], reader: RowReader, *, with_mentioned: bool) -> SourceRows:
    """Join batches; the code of an identifier is its position in sorted order, whatever the order of the rows.

    Args:
        batches: the usable rows.
        reader: the reader, which counts rows while it yields batches.
        with_mentioned: whether identifiers get a code even if all their rows were rejected.
    """
    batches = compact_batches(batches)
    first = first_plausible_day([batch.day for batch in batches])
    batches = batches if first is None else [reader.without_defaults(batch, first) for batch in batches]
    rows = [batch.ids for batch in batches]
    mentioned = [batch.mentioned.unique() for batch in batches] if with_mentioned else []
    ids, code = code_ids(rows, mentioned)
    return SourceRows(
        ids=ids,
        code=code,
        day=joined([batch.day for batch in batches], np.int32),
        value=joined([batch.value for batch in batches], np.float64),
        late=joined([batch.late for batch in batches], np.bool_),
        future=reader.future,
        rows_read=reader.rows_read,
        last_day=reader.last_day,
        bookings=reader.bookings,
    )
