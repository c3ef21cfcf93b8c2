"""Reading visits to count them: each row's customer, day and groups, and from these the customers of each day.

How series are called is said in `tasks.visit_counts.names`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.visit_counts.counting import count_visit_days
from nightcast.errors import InputError
from sql.engine import Database
from sql.settings import VisitSource
from sql.source.expressions import UNREADABLE
from sql.source.lookup import look_up_source
from sql.source.reading import WantedColumn, read_batches
from sql.types import MOST_CHARACTERS
from tasks.conversion.numbers import Numbers
from tasks.night import Bookings, Night, SourceRows
from tasks.product import LocatedSource
from tasks.read import RowReader
from tasks.reading.rows import UsableRows
from tasks.visit_counts.names import EVERYBODY, series_of, series_without

MOST_VALUES = 1_000
"""With more, the column of groups is probably none."""


def locate_counted(database: Database, source: VisitSource) -> LocatedSource:
    """The source of the visits, and the columns to read: those of the groups, and no amounts.

    Raises:
        InputError: if the source or a column is missing.
    """
    columns = source.columns
    located = look_up_source(
        database, "source.visits", source, [columns.customer_id, columns.visited_at, *source.groups]
    )
    wanted = [WantedColumn(columns.customer_id, "subject"), WantedColumn(columns.visited_at, "moment")]
    return LocatedSource(located, [*wanted, *(WantedColumn(name, "identifier") for name in source.groups)])


@dataclass(frozen=True)
class Groups:
    """The values of each column of groups, as one number for each row.

    The number has a digit for each column, to the base `MOST_VALUES` + 1: the code of its value, 0 where unknown.

    Attributes:
        columns: names of the columns.
        values: for each column the code of each value, from 1.
    """

    columns: Sequence[str]
    values: list[dict[str, int]] = field(init=False)

    def __post_init__(self) -> None:
        """No value is known yet."""
        object.__setattr__(self, "values", [{} for _ in self.columns])

    def numbers(self, texts: Sequence[pa.Array], size: int) -> NDArray[np.float64]:
        """The number of each row, (size,).

        Args:
            texts: the values of each column, (size,).
            size: number of rows.

        Raises:
            InputError: if a column has more than `MOST_VALUES` values.
        """
        number = np.zeros(size)
        for place, column in enumerate(texts):
            number += self._codes(place, column) * float((MOST_VALUES + 1) ** place)
        return number

    def digit(self, number: NDArray[np.float64], place: int) -> NDArray[np.int64]:
        """The codes of one column from the numbers of rows, (n,)."""
        digits: NDArray[np.int64] = number.astype(np.int64) // (MOST_VALUES + 1) ** place % (MOST_VALUES + 1)
        return digits

    def series(self, place: int) -> list[str]:
        """The names of the series of one column, in the order of its codes."""
        column = self.columns[place]
        return [series_without(column), *(series_of(column, value) for value in self.values[place])]

    def _codes(self, place: int, column: pa.Array) -> NDArray[np.int64]:
        encoded = column.cast(pa.string()).fill_null("").dictionary_encode()
        known, name = self.values[place], self.columns[place]
        for value in encoded.dictionary.to_pylist():
            if value not in ("", UNREADABLE) and len(series_of(name, value)) <= MOST_CHARACTERS:
                known.setdefault(value, len(known) + 1)
        if len(known) > MOST_VALUES:
            raise InputError(
                f"The column {name!r}, a group of the visits, has more than {MOST_VALUES} different values.",
                "Name columns with fewer values in [source.visits] groups, such as the store.",
            )
        codes = np.array([known.get(value, 0) for value in encoded.dictionary.to_pylist()], dtype=np.int64)
        coded: NDArray[np.int64] = codes[np.asarray(encoded.indices)]
        return coded


def grouped_batches(night: Night, located: LocatedSource, reader: RowReader, groups: Groups) -> Iterator[UsableRows]:
    """The usable visits; the value of a row is the number of its groups."""
    for ids, moments, *texts in read_batches(night.database, located.source, located.columns):
        readable = np.zeros(len(ids), dtype=np.bool_)
        yield reader.usable(ids, moments, Numbers(groups.numbers(texts, len(ids)), readable))


@dataclass(frozen=True)
class _Counts:
    """The customers of named series: ``count[i]`` of them come to the series ``names[series[i]]`` on ``day[i]``."""

    names: list[str]
    series: NDArray[np.int64]
    day: NDArray[np.int32]
    count: NDArray[np.float64]

    def codes(self, ids: pa.Array) -> NDArray[np.int32]:
        """The position of the name of each count among `ids`."""
        place = np.asarray(pc.index_in(pa.array(self.names, pa.string()), value_set=ids), dtype=np.int32)
        coded: NDArray[np.int32] = place[self.series]
        return coded


def counted_rows(visits: SourceRows, groups: Groups) -> SourceRows:
    """The customers of each series and day, as rows of series, and the booked ones as bookings of series.

    A series that has only bookings has no row.

    Args:
        visits: one row per visit, with the numbers of its groups as values.
        groups: what these numbers mean.
    """
    counts, booked = _counted(visits.code, visits.day, visits.value, groups), _booked(visits.bookings, groups)
    ids = pa.array(sorted({*counts.names, *(booked.names if booked else ())}), pa.string())
    return SourceRows(
        ids=ids,
        code=counts.codes(ids),
        day=counts.day,
        value=counts.count,
        late=np.zeros(len(counts.day), dtype=np.bool_),
        future=Counter(),
        rows_read=visits.rows_read,
        last_day=visits.last_day,
        bookings=Bookings(ids.take(pa.array(booked.codes(ids))), booked.day, booked.count) if booked else None,
    )


def _booked(bookings: Bookings | None, groups: Groups) -> _Counts | None:
    if bookings is None:
        return None
    customer = np.asarray(bookings.ids.dictionary_encode().indices)
    return _counted(customer, bookings.day, bookings.value, groups)


def _counted(
    customer: NDArray[np.int32], day: NDArray[np.int32], number: NDArray[np.float64], groups: Groups
) -> _Counts:
    """The counts of everybody, and of each value of each column; names without a count are left out."""
    parts, names = [count_visit_days(customer, day, np.zeros(len(day), dtype=np.int64))], [EVERYBODY]
    codes = [parts[0].group]
    for place in range(len(groups.columns)):
        part = count_visit_days(customer, day, groups.digit(number, place))
        codes.append(part.group + len(names))
        parts.append(part)
        names += groups.series(place)
    used, series = np.unique(np.concatenate(codes), return_inverse=True)
    days, count = (np.concatenate([getattr(part, name) for part in parts]) for name in ("day", "count"))
    return _Counts([names[code] for code in used], series, days.astype(np.int32), count)
