"""The rhythm of the week and of the year, which visits and sales share."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

DAYS = 730

WEEK = np.array([0.80, 0.78, 0.90, 1.00, 1.30, 1.60, 0.62])
"""Relative number of visits from Monday to Sunday."""

MONDAY = 4
"""1970-01-05, in days since 1970-01-01."""


def day_of_year(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """The number of each day in its year, from 1."""
    return np.asarray(pc.day_of_year(pa.array(days.astype(np.int32)).cast(pa.date32())))
