"""Rows of a file that share a key: one row for each, by the same rule as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.common.arrays import Integers
from models.sales.data.calendar import Calendar
from models.sales.data.duplicates import Cells, resolve_duplicates
from nightcast.errors import InputError
from sql.filling.columns import is_group
from sql.source.coding import unified

_PERIOD, _VALUE = "period", "value"


@dataclass(frozen=True)
class MergedRows:
    """One row for each key.

    Attributes:
        rows: the rows, by our column names.
        note: what a person should know about rows that were merged, None if there are none.
    """

    rows: pa.Table
    note: str | None


class RowsByKey:
    """Gathers the rows of a file of sales or covariates, sixteen bytes each and the identifiers once.

    Args:
        names: the columns of the key without the period, by our names.
        groups: the columns of groups; of several rows with one key, the last group in the order of texts counts.
    """

    def __init__(self, names: Sequence[str], groups: Sequence[str] = ()) -> None:
        self._texts, self._groups = _no_texts(names), _no_texts(groups)
        self._days = [np.empty(0, dtype=np.int32)]
        self._values = [np.empty(0, dtype=np.float64)]

    def add(self, rows: pa.Table) -> None:
        """Gather rows, with a period and a value; a column of texts that they lack is null."""
        for name, chunks in (*self._texts.items(), *self._groups.items()):
            texts = rows[name] if name in rows.column_names else pa.nulls(rows.num_rows, pa.string())
            chunks.append(_encoded(texts))
        self._days.append(np.asarray(rows[_PERIOD].cast(pa.int32())))
        self._values.append(np.asarray(rows[_VALUE].fill_null(np.nan)))

    def merged(self, duplicates: str) -> MergedRows:
        """One row for each key.

        Args:
            duplicates: what several rows of one key mean, see `models.sales.data.duplicates.resolve_duplicates`.

        Raises:
            InputError: if `duplicates` refuses the rows.
        """
        texts = {name: unified(chunks) for name, chunks in self._texts.items()}
        code = np.zeros(sum(map(len, self._days)), dtype=np.int64)
        for column in texts.values():
            code = code * max(len(column.dictionary), 1) + np.asarray(column.indices)
        days = np.concatenate(self._days)
        cells = _resolved(code, days, np.concatenate(self._values), duplicates)
        columns = {name: _last_by_key(unified(chunks), code, days) for name, chunks in self._groups.items()}
        code = cells.series
        for name, column in reversed(texts.items()):
            code, place = np.divmod(code, max(len(column.dictionary), 1))
            columns[name] = _nulls_for_empty(column.dictionary.take(pa.array(place)))
        columns[_PERIOD] = pa.array(cells.ordinal.astype(np.int32)).cast(pa.date32())
        columns[_VALUE] = pa.array(cells.value, from_pandas=True)
        return MergedRows(pa.table(columns), _note(cells, len(self._texts) > 1, duplicates))


def groups_of(columns: Iterable[str]) -> list[str]:
    """The columns of groups among these."""
    return [name for name in columns if is_group(name)]


def _no_texts(names: Sequence[str]) -> dict[str, list[pa.Array]]:
    return {name: [_encoded(pa.array([], pa.string()))] for name in names}


def _last_by_key(texts: pa.DictionaryArray, code: Integers, day: NDArray[np.int32]) -> pa.Array:
    """The last text of each key in the order of texts, the keys in order, whatever the order of the rows."""
    order = np.asarray(pc.array_sort_indices(texts.dictionary))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order), dtype=order.dtype)
    group = rank[np.asarray(texts.indices)]
    rows = np.lexsort((group, day, code))
    is_last = np.append((np.diff(code[rows]) != 0) | (np.diff(day[rows]) != 0), True)[: len(rows)]
    return _nulls_for_empty(texts.dictionary.take(pa.array(order[group[rows[is_last]]])))


def _resolved(code: Integers, day: NDArray[np.int32], value: NDArray[np.float64], duplicates: str) -> Cells:
    try:
        return resolve_duplicates(code, day.astype(np.int64), value, Calendar("D"), duplicates)
    except InputError as error:
        raise InputError(
            f"{error.reason.replace('sales rows', 'rows of the file')} Nothing was loaded.",
            "Add them up with --duplicates sum, or say --duplicates mean or greatest if one value of them counts.",
        ) from None


def _note(cells: Cells, has_name: bool, duplicates: str) -> str | None:
    if not cells.merged:
        return None
    key = "series, period and name" if has_name else "series and period"
    meaning = {"sum": "all are added up", "mean": "their mean counts"}.get(duplicates, "identical rows count once")
    if cells.conflicts and duplicates not in ("sum", "mean"):
        meaning += f", and where values differ (number of keys: {cells.conflicts:,}) the greatest"
    return f"Rows that repeat the {key} of another row of the file: {cells.merged:,}; {meaning}."


def _encoded(texts: pa.Array | pa.ChunkedArray) -> pa.Array:
    joined = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    joined = joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined
    return joined.fill_null("").dictionary_encode()


def _nulls_for_empty(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
