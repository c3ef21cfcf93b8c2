"""Rows of a file that share a key: one row for each, by the same rule as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.common.arrays import Integers
from models.sales.data.calendar import Calendar
from models.sales.data.duplicates import Cells, resolve_duplicates
from nightcast.errors import InputError
from sql.source.reading import unified

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
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._texts: dict[str, list[pa.Array]] = {name: [_encoded(pa.array([], pa.string()))] for name in names}
        self._days = [np.empty(0, dtype=np.int32)]
        self._values = [np.empty(0, dtype=np.float64)]

    def add(self, rows: pa.Table) -> None:
        """Gather rows, with a period and a value; a column of texts that they lack is null."""
        for name, chunks in self._texts.items():
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
        cells = _resolved(code, np.concatenate(self._days), np.concatenate(self._values), duplicates)
        columns: dict[str, pa.Array] = {}
        code = cells.series
        for name, column in reversed(texts.items()):
            code, place = np.divmod(code, max(len(column.dictionary), 1))
            columns[name] = _nulls_for_empty(column.dictionary.take(pa.array(place)))
        columns[_PERIOD] = pa.array(cells.ordinal.astype(np.int32)).cast(pa.date32())
        columns[_VALUE] = pa.array(cells.value, from_pandas=True)
        return MergedRows(pa.table(columns), _note(cells, len(self._texts) > 1, duplicates))


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
