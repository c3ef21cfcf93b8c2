"""Which rows of a batch are bad, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Fault:
    """What is wrong with some rows.

    Attributes:
        reason: in words.
        column: the file's column that it is about, None where its value may not be shown.
        rows: int64 (m,), the positions of the rows, ascending; there is at least one.
    """

    reason: str
    column: str | None
    rows: NDArray[np.int64]


class Faults:
    """The faults of a batch; only the first one of a row counts.

    Args:
        rows: how many the batch has.

    Attributes:
        found: each with the rows whose first fault it is.
        bad: bool (n,), the rows with a fault.
    """

    def __init__(self, rows: int) -> None:
        self.found: list[Fault] = []
        self.bad: NDArray[np.bool_] = np.zeros(rows, dtype=np.bool_)

    def add(self, bad: NDArray[np.bool_], reason: str, column: str | None = None) -> NDArray[np.int64]:
        """Note a fault of the rows in `bad`, bool (n,); returns the positions of those whose first one it is."""
        fresh = np.flatnonzero(bad & ~self.bad)
        self.bad[fresh] = True
        if fresh.size:
            self.found.append(Fault(reason, column, fresh))
        return fresh

    def by_row(self) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
        """The positions of all bad rows, ascending, and the reason of each; there has to be a bad row."""
        rows = np.concatenate([fault.rows for fault in self.found])
        reasons = np.array([fault.reason for fault in self.found], dtype=np.object_)
        order = np.argsort(rows)
        return rows[order], reasons.repeat([fault.rows.size for fault in self.found])[order]
