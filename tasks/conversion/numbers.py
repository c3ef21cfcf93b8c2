"""Converts numbers and texts to doubles, with a mask of values that cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.conversion.marks import is_unknown_mark
from tasks.conversion.number_forms import NumberForm

LARGEST_NUMBER = 1e15
"""The largest absolute value that is read: doubles hold whole numbers exactly up to here, and squares stay finite."""

NO_NUMBER = "is not a number up to 1e15"
"""Why a number is rejected, behind its column's name."""


@dataclass(frozen=True)
class Numbers:
    """Doubles: `value` is NaN where unknown (null, empty, a mark such as ``NULL``) and where `unreadable`."""

    value: NDArray[np.float64]
    unreadable: NDArray[np.bool_]

    def without(self, unknown: Sequence[float]) -> Numbers:
        """The same, with these numbers unknown."""
        if not unknown:
            return self
        return Numbers(np.where(np.isin(self.value, unknown), np.nan, self.value), self.unreadable)


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def to_numbers(values: pa.Array, form: NumberForm | None = None) -> Numbers:
    """Doubles from numbers or texts, shape (n,).

    Args:
        values: numbers or texts, shape (n,).
        form: how people wrote the texts; None for the plain form of programs, ``-1234.5`` or ``1e3``.
    """
    if is_text(values.type):
        texts = pc.utf8_trim_whitespace(values).fill_null("")
        known = ~is_unknown_mark(texts)
        plain = (form or NumberForm()).plain(texts)
        numbers = np.array(plain.cast(pa.float64()).fill_null(np.nan), dtype=np.float64)  # pandas rounds a digit off
    else:
        numbers = np.array(values.cast(pa.float64(), safe=False).fill_null(np.nan), dtype=np.float64)
        known = np.asarray(values.is_valid())
    unreadable = known & ~(np.abs(numbers) <= LARGEST_NUMBER)
    numbers[unreadable] = np.nan
    return Numbers(numbers, unreadable)
