"""Which customers models learn from: all, or where there are many visits, a part of them by the hashes of identifiers.

The part follows from the number of rows alone, so that every process that shares a night's work finds the same one.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sql.hashing import HASHES
from sql.source.parts import hashes

MOST_ROWS = 4_000_000
"""Rows that models learn from, about: a level, a rhythm or a network is known well enough from far fewer."""


def sampled_hashes(rows: int) -> int:
    """The number of hashes, from 0 on, whose customers models learn from, where a source has so many rows.

    All of them, or a half, a quarter, ... of all.
    """
    wanted, kept = HASHES, rows
    while kept > MOST_ROWS:
        wanted, kept = wanted // 2, (kept + 1) // 2
    return wanted


def sampled_customers(ids: pa.Array, rows: int) -> NDArray[np.int64] | None:
    """The places of the customers that models learn from, in order, where a source has so many rows; None: all."""
    wanted = sampled_hashes(rows)
    chosen = np.flatnonzero(hashes(ids) < wanted) if wanted < HASHES else np.empty(0, np.int64)
    return chosen if chosen.size else None
