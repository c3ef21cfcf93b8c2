"""The line numbers of the rows of a CSV file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


class LineCounter:
    """Counts on which line of a CSV file each row starts, despite malformed lines and line breaks in fields."""

    def __init__(self, header_lines: int) -> None:
        self._next_record = header_lines + 1
        self._breaks = 0

    def place(self, columns: Sequence[pa.Array], malformed: list[Any]) -> tuple[NDArray[np.int64], list[Any]]:
        """The lines of the next rows, and of the malformed rows among them.

        Args:
            columns: the rows, each column of shape (n,).
            malformed: Arrow's invalid rows in the order of the file; the returned ones are removed from the list.

        Returns:
            The lines of the rows, int64 (n,), and pairs of line and text of the malformed rows.
        """
        rows = np.arange(len(columns[0]))
        # How many of these rows precede each malformed one, whose number counts all rows.
        before = np.array([bad.number - self._next_record - rank for rank, bad in enumerate(malformed)], dtype=np.int64)
        placed = malformed[: int(np.count_nonzero(before <= len(rows)))]
        before = before[: len(placed)]
        del malformed[: len(placed)]
        breaks = _running(sum(np.asarray(pc.count_substring(column, "\n")) for column in columns))
        bad_breaks = _running(np.array([bad.text.count("\n") for bad in placed], dtype=np.int64))
        passed = np.searchsorted(before, rows, side="right")
        start = self._next_record + self._breaks
        lines = start + rows + passed + breaks[:-1] + bad_breaks[passed]
        bad_lines = start + before + np.arange(len(placed)) + breaks[before] + bad_breaks[:-1]
        self._next_record += len(rows) + len(placed)
        self._breaks += int(breaks[-1] + bad_breaks[-1])
        return lines, [(int(line), bad.text) for line, bad in zip(bad_lines, placed, strict=True)]


def _running(counts: Any) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
