"""Reading the sources: usable rows become codes, days and numbers; every other row is counted with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nightcast.rejections import Rejections, masked
from sql.source.reading import read_batches
from tasks.check import find_sales, find_visits
from tasks.night import Night, Question, SourceRows
from tasks.reading.conversion import Numbers, to_local_days, to_numbers

AFTER_THE_CLOCK = "after the clock"


@dataclass(frozen=True)
class _Batch:
    """The usable rows of one batch, and identifiers that are worth a row of their own without one."""

    ids: pa.Array
    mentioned: pa.Array
    day: NDArray[np.int32]
    value: NDArray[np.float64]


def extract_visits(night: Night) -> int:
    """Read the visits before the as-of; returns how many rows were read.

    A visit whose amount cannot be read stays a visit, with an unknown amount.
    """
    source = night.sections.source.visits
    found, wanted = find_visits(night.database, source)
    excluded = pa.array(source.exclude_customers, pa.string())
    reader = _Reader(night.question, night.rejections, "visits", "customer", source.timezone)

    def batches() -> Iterator[_Batch]:
        for ids, moments, *amounts in read_batches(night.database, found, wanted):
            values = to_numbers(amounts[0]) if amounts else _unknown(len(ids))
            excluded_row = np.asarray(pc.is_in(ids, value_set=excluded)) if len(excluded) else None
            yield reader.usable(ids, moments, values, "amount", excluded_row)

    night.rows = _coded(batches(), reader.future, with_mentioned=False)
    return _noted(night, reader)


def extract_sales(night: Night) -> int:
    """Read the sales before the as-of; returns how many rows were read.

    A row whose value cannot be read is counted as rejected, and its period stays as unknown: left out altogether,
    it might count as a zero. A period is a label, so that no time zone moves it.
    """
    found, wanted = find_sales(night.database, night.sections.source.sales)
    reader = _Reader(night.question, night.rejections, "sales", "series", night.question.timezone)

    def batches() -> Iterator[_Batch]:
        for ids, moments, values in read_batches(night.database, found, wanted):
            yield reader.usable(ids, moments, to_numbers(values), "value", None)

    night.rows = _coded(batches(), reader.future, with_mentioned=True)
    return _noted(night, reader)


def _noted(night: Night, reader: _Reader) -> int:
    night.facts["rows_read"] = reader.rows_read
    night.facts["rows_rejected"] = night.rejections.rows
    return reader.rows_read


class _Reader:
    """Sorts the rows of a source into usable, ignored and rejected ones."""

    def __init__(self, question: Question, rejections: Rejections, source: str, subject: str, timezone: str) -> None:
        self.rows_read = 0
        self.future: Counter[int] = Counter()
        self._question = question
        self._rejections = rejections
        self._source = source
        self._subject = subject
        self._timezone = timezone

    def usable(
        self, ids: pa.Array, moments: pa.Array, values: Numbers, value_name: str, excluded: NDArray[np.bool_] | None
    ) -> _Batch:
        """The rows before the as-of that have a subject and a date."""
        question = self._question
        self.rows_read += len(ids)
        ids = ids.cast(pa.string()).fill_null("")
        days = to_local_days(moments, self._timezone, question.timezone, question.clock)
        nameless = np.asarray(pc.equal(ids, ""))
        undated = ~nameless & days.unreadable
        usable = ~nameless & ~undated & ~days.future
        self._reject(nameless, f"no {self._subject}", ids, moments)
        self._reject(undated, "not a date or timestamp (ISO 8601)", ids, moments)
        self._reject(usable & values.unreadable, f"{value_name} is not a finite number", ids, moments)
        self._note_future(~nameless & ~undated & days.future, days.day, ids, moments)
        keep = usable & (days.day < question.day)
        if excluded is not None:
            keep &= ~excluded
        return _Batch(ids.filter(pa.array(keep)), ids.filter(pa.array(undated)), days.day[keep], values.value[keep])

    def _note_future(self, mask: NDArray[np.bool_], day: NDArray[np.int32], ids: pa.Array, moments: pa.Array) -> None:
        """A visit after the clock is wrong; sales of the current week or month may be labelled with its last day."""
        if self._source == "visits":
            self._reject(mask, AFTER_THE_CLOCK, ids, moments)
        elif mask.any():
            days, rows = np.unique(day[mask], return_counts=True)
            self.future.update(dict(zip(days.tolist(), rows.tolist(), strict=True)))

    def _reject(self, mask: NDArray[np.bool_], reason: str, ids: pa.Array, moments: pa.Array) -> None:
        if mask.any():
            first = int(np.flatnonzero(mask)[0])
            # As text by Arrow: a moment may lie outside the years that Python knows.
            moment = moments.slice(first, 1).cast(pa.string())[0].as_py()
            example = f"{self._subject} {masked(ids[first].as_py()) or 'null'}, {moment or 'null'}"
            self._rejections.add(self._source, reason, int(mask.sum()), example)


def _unknown(size: int) -> Numbers:
    return Numbers(np.full(size, np.nan), np.zeros(size, dtype=np.bool_))


def _coded(batches: Iterator[_Batch], future: Counter[int], *, with_mentioned: bool) -> SourceRows:
    """Join batches, coding each identifier by its place in sorted order, whatever order the rows came in.

    With `with_mentioned`, an identifier whose rows were all rejected gets a code too.
    """
    ids = [pa.array([], pa.string()).dictionary_encode()]
    mentioned = [pa.array([], pa.string())]
    days = [np.empty(0, dtype=np.int32)]
    values = [np.empty(0, dtype=np.float64)]
    for batch in batches:
        ids.append(batch.ids.dictionary_encode())
        mentioned.append(batch.mentioned.unique())
        days.append(batch.day)
        values.append(batch.value)
    rows = sum(map(len, ids))
    if with_mentioned:
        ids.extend(chunk.dictionary_encode() for chunk in mentioned)
    encoded = pa.chunked_array(ids).unify_dictionaries().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0)
    order = pc.array_sort_indices(encoded.dictionary)
    place = np.empty(len(order), dtype=np.int32)
    place[np.asarray(order)] = np.arange(len(order), dtype=np.int32)
    return SourceRows(
        encoded.dictionary.take(order),
        place[np.asarray(encoded.indices)[:rows]],
        np.concatenate(days),
        np.concatenate(values),
        future,
    )
