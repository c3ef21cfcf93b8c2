"""What is read without an error and probably not meant: defaults in place of dates, texts in place of identifiers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.conversion.marks import is_unknown_mark

EMPTY_YEARS = 10
"""Years without a row after which earlier rows may be defaults, such as 1900-01-01."""

FEW_DAYS = 3
"""Days before the empty years, which have to be a fifth of those after them at most."""

FEW_ROWS = 0.001
"""The share of rows before the empty years that is left out, however many days they have."""


def first_plausible_day(parts: Sequence[NDArray[np.int32]]) -> int | None:
    """The first day that is no default; None if that is the first day.

    Args:
        parts: days since 1970-01-01, in any order.
    """
    days, rows = _counted(parts)
    gaps = np.diff(days)
    later = np.append(np.maximum.accumulate(gaps[::-1])[::-1][1:], 0)[: len(gaps)]  # the longest after each gap
    before = np.flatnonzero(gaps > np.maximum(EMPTY_YEARS * 366, 2 * later))
    early = before + 1
    is_few = np.cumsum(rows)[before] <= FEW_ROWS * rows.sum()
    is_alone = (early <= FEW_DAYS) & (len(days) - early >= 5 * early)
    stray = before[is_few | is_alone]
    return int(days[stray[-1] + 1]) if len(stray) else None


def _counted(parts: Sequence[NDArray[np.int32]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The days that occur, in ascending order, and how often."""
    filled = [part for part in parts if part.size]
    first = min((int(part.min()) for part in filled), default=0)
    last = max((int(part.max()) for part in filled), default=first - 1)
    counts = np.zeros(last - first + 1, dtype=np.int64)
    for part in filled:
        counts += np.bincount(part - first, minlength=len(counts))
    days = np.flatnonzero(counts)
    return days + first, counts[days]


def decimals(ids: pa.Array) -> NDArray[np.bool_]:
    """Which identifiers are texts such as ``17850.0``: whole numbers that a program took for decimals."""
    return np.asarray(pc.match_substring_regex(ids, r"^[0-9]+\.0$"))


def rounded(ids: pa.Array) -> NDArray[np.bool_]:
    """Which identifiers are texts such as ``4.53958E+15``: long numbers that a spreadsheet has rounded."""
    return np.asarray(pc.match_substring_regex(ids, r"^[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]{2}$"))


def stands_for_nothing(ids: pa.Array) -> NDArray[np.bool_]:
    """Which identifiers are texts such as ``NULL`` or ``nan``."""
    return is_unknown_mark(ids, also_empty=False)
