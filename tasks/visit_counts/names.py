"""The names of the series of visits per day."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

EVERYBODY = "all"
"""The series of everybody."""


def series_of(column: str, value: str) -> str:
    """The series of a value of a column of groups."""
    return f"{column}={value}"


def series_without(column: str) -> str:
    """The series of the visits without a value of a column."""
    return f"{column} unknown"


def look_like_counts(ids: pa.Array, columns: Sequence[str]) -> NDArray[np.bool_]:
    """Which identifiers are written as series of visits per day are, whether there is such a series or not.

    Args:
        ids: text (n,), without nulls.
        columns: the columns of groups.
    """
    whole = pa.array([EVERYBODY, *map(series_without, columns)], pa.string())
    starts = [pc.starts_with(ids, series_of(column, "")) for column in columns]
    return np.asarray(reduce(pc.or_, starts, pc.is_in(ids, value_set=whole)))
