"""Reading Parquet files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from nightcast.errors import InputError, first_line
from tasks.loading.files.batches import Batch, distinct_names

BATCH_ROWS = 100_000


class ParquetFile:
    """A Parquet file.

    Attributes:
        names: the names of its columns, without those that hold no single values.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            schema = pyarrow.parquet.read_schema(path)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from None
        self.names = [column.name for column in schema if not _is_unusable(column.type)]
        self._unusable = {column.name: column.type for column in schema if _is_unusable(column.type)}

    def require_single_values(self, wanted: Sequence[str]) -> None:
        """Check that none of these columns holds lists, structures, maps or durations.

        Raises:
            InputError: if one does.
        """
        for name in wanted:
            if name in self._unusable:
                raise InputError(
                    f"The column {name!r} of {self._path} is of the type {self._unusable[name]}, and holds no "
                    "identifiers, dates or numbers.",
                    "Write one value of it into a column of its own, and name that column.",
                )

    def batches(self) -> Iterator[Batch]:
        """All rows, in order."""
        row = 1
        try:
            with pyarrow.parquet.ParquetFile(self._path) as file:
                for batch in file.iter_batches(BATCH_ROWS, columns=self.names):
                    lines = np.arange(row, row + batch.num_rows)
                    row += batch.num_rows
                    yield Batch(
                        dict(zip(distinct_names(batch.schema.names), map(_plain, batch.columns), strict=True)), lines
                    )
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> InputError:
        return InputError(f"{self._path} cannot be read as Parquet: {first_line(error)}.", "Write it again.")


def _is_unusable(kind: pa.DataType) -> bool:
    return bool(pa.types.is_nested(kind) or pa.types.is_duration(kind) or pa.types.is_interval(kind))


def _plain(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
