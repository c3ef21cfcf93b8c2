"""Converts numbers and texts to doubles, with a mask of values that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

LARGEST_NUMBER = 1e15
"""The largest absolute value that is read: doubles hold whole numbers exactly up to here, and squares stay finite."""

_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"


@dataclass(frozen=True)
class Numbers:
    """Doubles: `value` is NaN where unknown (null or empty) and where `unreadable` (text, NaN, too large)."""

    value: NDArray[np.float64]
    unreadable: NDArray[np.bool_]


def to_numbers(values: pa.Array) -> Numbers:
    """Doubles from numbers or texts, shape (n,)."""
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        texts = pc.utf8_trim_whitespace(values).fill_null("")
        known = np.asarray(pc.not_equal(texts, ""))
        numeric = pc.if_else(pc.match_substring_regex(texts, _NUMBER), texts, pa.scalar(None, texts.type))
        numbers = np.array(numeric.cast(pa.float64()).fill_null(np.nan), dtype=np.float64)  # pandas rounds a digit off
    else:
        known = np.asarray(values.is_valid())
        numbers = np.array(values.cast(pa.float64(), safe=False).fill_null(np.nan), dtype=np.float64)
    unreadable = known & ~(np.abs(numbers) <= LARGEST_NUMBER)
    numbers[unreadable] = np.nan
    return Numbers(numbers, unreadable)
