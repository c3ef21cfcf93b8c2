"""From rows to cells: one value for each series and period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Flags, Floats, Integers
from models.sales.data.calendar import Calendar
from nightcast.errors import InputError
from nightcast.values import to_date


@dataclass(frozen=True)
class Cells:
    """One value for each (series, period) that has a row, ordered by series, then period.

    Attributes:
        series: Code of the series, (n,).
        ordinal: The period's ordinal, (n,).
        value: The value, NaN where it is unknown, (n,).
        duplicates: Rows that another row of the same series and period replaced or absorbed.
    """

    series: Integers
    ordinal: Integers
    value: Floats
    duplicates: int


def resolve_duplicates(
    series: Integers, ordinal: Integers, value: Floats, calendar: Calendar, duplicates: str
) -> Cells:
    """One value for each series and period.

    Args:
        series: Codes, (m,).
        ordinal: Periods, (m,).
        value: Values, NaN unknown, (m,).
        calendar: Names the periods in an error.
        duplicates: ``last`` keeps the last row, ``sum`` adds the known values (unknown if there is none).

    Raises:
        InputError: if `duplicates` is ``error`` and there are some.
    """
    # The last digit of a sum of doubles depends on their order, and a database guarantees no order of rows.
    order = np.lexsort((value, ordinal, series)) if duplicates == "sum" else _order(series, ordinal)
    series, ordinal, value = series[order], ordinal[order], value[order]
    first = np.ones(len(series), bool)
    first[1:] = (series[1:] != series[:-1]) | (ordinal[1:] != ordinal[:-1])
    count = len(series) - int(first.sum())
    if count and duplicates == "error":
        _refuse(ordinal[~first], calendar, count)
    if count:
        value = _summed(value, first) if duplicates == "sum" else value[np.append(first[1:], True)]
    return Cells(series[first], ordinal[first], value, count)


def _order(series: Integers, ordinal: Integers) -> Integers:
    """A stable order by series, then period; cheap if the rows are in order."""
    base = int(ordinal.min(initial=0))
    key = series * (int(ordinal.max(initial=0)) - base + 1) + (ordinal - base)
    if np.all(key[1:] >= key[:-1]):
        return np.arange(len(key))
    return np.argsort(key, kind="stable")


def _summed(value: Floats, first: Flags) -> Floats:
    starts = np.flatnonzero(first)
    known = ~np.isnan(value)
    total: Floats = np.add.reduceat(np.where(known, value, 0.0), starts)
    total[~np.logical_or.reduceat(known, starts)] = np.nan
    return total


def _refuse(ordinal: Integers, calendar: Calendar, count: int) -> None:
    period = to_date(int(calendar.label(ordinal.min())))
    raise InputError(
        f"{count} sales rows repeat a series and period that another row has; the first such period is {period}.",
        'Remove them at the source, or set duplicates = "last" or "sum".',
    )
