"""Counting visit days: how many customers come each day, altogether or in each group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from models.common.arrays import Floats, Integers


@dataclass(frozen=True, eq=False)
class DayCounts:
    """The customers of each group and day on which there are any, in the order of groups and days.

    Attributes:
        group: Codes of groups, (n,).
        day: Days since 1970-01-01, (n,).
        count: Customers, (n,).
    """

    group: Integers
    day: Integers
    count: Floats


def count_visit_days(customer: ArrayLike, day: ArrayLike, group: ArrayLike) -> DayCounts:
    """Count the customers of each group and day.

    A customer counts once for a day, however many visits there are; one with visits in two groups counts in each.

    Args:
        customer: Codes, one per visit, (m,).
        day: Days since 1970-01-01, (m,).
        group: Codes of groups, (m,); all 0 to count everybody.
    """
    customers, days, groups = (np.asarray(codes, np.int64) for codes in (customer, day, group))
    if not len(days):
        nothing = np.zeros(0, np.int64)
        return DayCounts(nothing, nothing, np.zeros(0))
    first, width, most = int(days.min()), int(np.ptp(days)) + 1, int(customers.max()) + 1
    visit_days = np.unique((groups * width + days - first) * most + customers)
    cell, count = np.unique(visit_days // most, return_counts=True)
    return DayCounts(cell // width, cell % width + first, count.astype(np.float64))
