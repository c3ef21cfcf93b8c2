"""What a file is read as: rows in batches, so that the size of the file does not matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


@dataclass(frozen=True)
class MalformedRow:
    """A line of a CSV file that has too few or too many fields."""

    line: int
    fields: tuple[str, ...]

    def fitted(self, width: int) -> tuple[str, ...]:
        """The fields as `width` ones: missing ones are empty, and what is too much is joined to the last."""
        joined = (*self.fields[: width - 1], ",".join(self.fields[width - 1 :]))
        return joined + ("",) * (width - len(joined))


@dataclass(frozen=True)
class Batch:
    """Some rows of a file.

    Attributes:
        columns: the file's columns, keyed by name, each of shape (n,); of two of one name, the last.
        lines: int64 (n,), the line of a CSV file that each row starts on, or the number of a Parquet row, from 1.
        malformed: lines that are no rows.
    """

    columns: dict[str, pa.Array]
    lines: NDArray[np.int64]
    malformed: Sequence[MalformedRow] = ()
