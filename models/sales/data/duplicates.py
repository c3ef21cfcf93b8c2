"""From rows to cells: one value for each series and period, whatever the order of the rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Flags, Floats, Integers
from models.sales.data.calendar import Calendar
from nightcast.errors import InputError
from nightcast.values import to_date

MOST_CONFLICTS = 0.01
"""With a greater share of periods whose rows differ, ``auto`` takes the rows for order lines, and refuses them."""

MOST_MERGED = 0.6
"""With a greater share of rows that others repeat, likewise: in a table that was loaded twice, half of them do."""


@dataclass(frozen=True)
class Cells:
    """One value for each (series, period) that has a row, ordered by series, then period.

    Attributes:
        series: Code of the series, (n,).
        ordinal: The period's ordinal, (n,).
        value: The value, NaN where it is unknown, (n,).
        merged: Rows that were merged into another row of the same series and period.
        conflicts: Series and periods whose rows have different values.
    """

    series: Integers
    ordinal: Integers
    value: Floats
    merged: int
    conflicts: int


def resolve_duplicates(
    series: Integers, ordinal: Integers, value: Floats, calendar: Calendar, duplicates: str
) -> Cells:
    """One value for each series and period.

    Unknown values count only where no other row of the period has a known one.

    Args:
        series: Codes, (m,).
        ordinal: Periods, (m,).
        value: Values, NaN unknown, (m,).
        calendar: Names the periods in an error.
        duplicates: ``sum``, ``mean`` or ``greatest`` of the known values; ``error`` refuses a second row; ``auto``
            takes the greatest as long as at most `MOST_CONFLICTS` of the periods have rows of different values, and at
            most `MOST_MERGED` of the rows are repeated.

    Raises:
        InputError: if `duplicates` refuses the rows.
    """
    order = _order(series, ordinal)
    first = _first(series[order], ordinal[order])
    merged = len(series) - int(first.sum())
    if not merged:
        return Cells(series[order], ordinal[order], value[order], 0, 0)
    if duplicates == "error":
        _refuse_all(ordinal[order][~first], calendar, merged)
    # By value too: the last digit of a sum depends on the order, and a database guarantees none.
    order = np.lexsort((value, ordinal, series))
    ordinals, several = ordinal[order], _Several(value[order], np.flatnonzero(first))
    if duplicates == "auto" and several.conflicts.mean() > MOST_CONFLICTS:
        _refuse_order_lines(ordinals[first], several, calendar)
    if duplicates == "auto" and merged > MOST_MERGED * len(series):
        _refuse_repeated(len(series), len(series) - merged)
    combined = {"sum": several.total, "mean": several.mean}.get(duplicates, several.greatest)
    return Cells(series[order][first], ordinals[first], combined, merged, int(several.conflicts.sum()))


class _Several:
    """Values (m,) that ascend from each of the starts (n,), NaN last, as one value for each start, NaN if unknown."""

    def __init__(self, value: Floats, starts: Integers) -> None:
        known = ~np.isnan(value)
        number = np.add.reduceat(known.astype(np.int64), starts)
        self.least = value[starts]
        self.greatest = value[starts + np.maximum(number - 1, 0)]
        self.total = np.where(number > 0, np.add.reduceat(np.where(known, value, 0.0), starts), np.nan)
        self.mean = self.total / np.maximum(number, 1)
        self.conflicts: Flags = self.greatest > self.least


def _order(series: Integers, ordinal: Integers) -> Integers:
    """A stable order by series, then period; cheap if the rows are in order."""
    base = int(ordinal.min(initial=0))
    key = series * (int(ordinal.max(initial=0)) - base + 1) + (ordinal - base)
    if np.all(key[1:] >= key[:-1]):
        return np.arange(len(key))
    return np.argsort(key, kind="stable")


def _first(series: Integers, ordinal: Integers) -> Flags:
    """Which rows are the first of their series and period."""
    first = np.ones(len(series), bool)
    first[1:] = (series[1:] != series[:-1]) | (ordinal[1:] != ordinal[:-1])
    return first


def _refuse_all(ordinal: Integers, calendar: Calendar, merged: int) -> None:
    raise InputError(
        f"{merged} sales rows repeat a series and period that another row has; the first such period is "
        f"{_label(ordinal.min(), calendar)}.",
        'Remove them at the source, or set duplicates = "sum", "mean" or "greatest" in [source.sales].',
    )


def _refuse_order_lines(ordinal: Integers, several: _Several, calendar: Calendar) -> None:
    share, first = several.conflicts.mean(), int(np.argmax(several.conflicts))
    raise InputError(
        f"In {share:.1%} of the series and periods, several sales rows have different values, such as "
        f"{several.least[first]:g} and {several.greatest[first]:g} on {_label(ordinal[first], calendar)}: these are "
        "probably order lines.",
        'Set duplicates = "sum" in [source.sales] to add them up, or "mean" or "greatest" if one of them counts.',
    )


def _refuse_repeated(rows: int, cells: int) -> None:
    raise InputError(
        f"{rows:,} sales rows have only {cells:,} series and periods, and nearly all of the same period are alike: "
        "these are probably order lines, such as one for each ticket.",
        'Set duplicates = "sum" in [source.sales] to add them up, or "greatest" if they are the same row again.',
    )


def _label(ordinal: np.int64, calendar: Calendar) -> str:
    return str(to_date(int(calendar.label(ordinal))))
