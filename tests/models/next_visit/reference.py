"""Slow and obvious: the same things one customer at a time, from plain lists of days."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from models.next_visit.curve.holidays import Holidays
from models.next_visit.curve.shared import STRETCH, YEAR_AHEAD, Shared
from models.next_visit.curve.waits import WaitDays
from models.next_visit.curve.weekdays import Weekdays
from models.next_visit.data.customer_base import CustomerBase
from models.next_visit.data.visits import VisitHistory
from models.next_visit.features.pareto_nbd import ParetoNbd
from models.next_visit.settings import NetworkSettings, NextVisitSettings
from nightcast.values import Bins

Days = list[int]

EVEN = Weekdays(np.full(7, 1 / 7), 1e4)
RHYTHM = ParetoNbd(0.8, 40.0, 0.9, 150.0)

START = 14_000
AS_OF = START + 200
SMALL = NextVisitSettings(bin_edges_days=(7, 14), look_back=4, network=NetworkSettings(units=4, epochs=2))
"""Settings of networks that train in no time."""


def history_of(customers: list[Days], amount: float = math.nan) -> VisitHistory:
    """The history of customers with these visits."""
    rows = [(code, day) for code, days in enumerate(customers) for day in days]
    codes, days = ([row[part] for row in rows] for part in (0, 1))
    return VisitHistory.from_rows(
        np.array(codes, dtype=np.int64), np.array(days, dtype=np.int64), np.full(len(rows), amount), len(customers)
    )


def base_of(customers: list[Days], as_of: int = AS_OF, amount: float = math.nan) -> CustomerBase:
    """Customers with these visits, as they are known at an as-of."""
    return CustomerBase.at(history_of(customers, amount), as_of)


def shared_of(bins: Bins, weekdays: Weekdays = EVEN, as_of: int = AS_OF, rhythm: ParetoNbd = RHYTHM) -> Shared:
    """What the curves of customers share where the level of the time is always 0."""
    stretches = len(range(bins.horizon, YEAR_AHEAD, STRETCH))
    even, holidays = WaitDays.even(), Holidays.none(bins.horizon)
    return Shared(as_of, bins, weekdays, even, holidays, rhythm, np.zeros(bins.count - 1), np.zeros(stretches))


def small_shop() -> list[Days]:
    """Regulars at intervals of 5 to 34 days, some who left, some who came once, one never."""
    regulars = [list(range(START + code, START + 240, 5 + code)) for code in range(30)]
    left = [[START + code, START + code + 9, START + 2 * code + 10] for code in range(6)]
    return [*regulars, *left, *([START + 20 * code] for code in range(6)), []]


def shops(most_customers: int = 6) -> st.SearchStrategy[list[Days]]:
    """A few customers with any number of visits within about a year, some on the same day."""
    days = st.integers(START, START + 400)
    return st.lists(st.lists(days, max_size=12), min_size=1, max_size=most_customers)


def bins_strategy() -> st.SearchStrategy[Bins]:
    """Bins with one to four edges."""
    return st.lists(st.integers(1, 60), min_size=1, max_size=4, unique=True).map(lambda edges: Bins.of(sorted(edges)))


def visit_days(days: Days, before: int) -> Days:
    """Distinct visit days before a day, in order."""
    return sorted({day for day in days if day < before})


def intervals(days: Days, before: int) -> Days:
    """Completed intervals before a day."""
    known = visit_days(days, before)
    return [later - earlier for earlier, later in pairwise(known)]


def bin_by_interval(days: Days, as_of: int, bins: Bins) -> int:
    """The bin, from 0, by the design's words: I falls in days a..b when elapsed+a-1 <= I <= elapsed+b-1."""
    last = visit_days(days, as_of)[-1]
    elapsed = as_of - last
    later = [day for day in days if day >= as_of]
    if not later:
        return bins.count - 1
    interval = min(later) - last
    for number, (first, final) in enumerate(bins.ranges):
        if interval >= elapsed + first - 1 and (final is None or interval <= elapsed + final - 1):
            return number
    raise AssertionError("the bins leave a gap")
