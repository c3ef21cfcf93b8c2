"""Periods without a row: which of them are zero, and which are unknown."""

from __future__ import annotations

import numpy as np

from models.common.arrays import Flags, Floats, Integers
from models.sales.data.calendar import Calendar, weekday
from nightcast.errors import InputError
from nightcast.values import to_date

MANY_GAPS = 0.1
"""With this share of periods without a row, or more, ``auto`` reads an absent row as no sale."""

PRIOR_PERIODS = 10
"""The weight, in periods, of the whole source's share of gaps in the share of one series."""

SEEN_CLOSED = 4
"""Times that a weekday has to occur without a row in any series before it counts as closed."""


class MissingPeriodError(InputError):
    """A series has no row for a period, and the setting ``missing`` is ``error``.

    Args:
        reason: What is wrong, naming the period.
        remedy: How to fix it.
        series: Code of the series, for the caller to name.
    """

    def __init__(self, reason: str, remedy: str = "", series: int = -1) -> None:
        super().__init__(reason, remedy)
        self.series = series


def closed_weekdays(has_row: Flags, calendar: Calendar, ordinals: Integers) -> Flags:
    """Weekdays on which the source is closed, Monday first, (7,).

    A weekday is closed when it occurs at least `SEEN_CLOSED` times between the source's first and last row, and no
    series has a row on it.
    """
    rows: Flags = np.asarray(has_row.any(axis=0))
    inside = rows.nonzero()[0]
    if calendar.family not in "DB" or not len(inside):
        return np.zeros(7, bool)
    span = slice(inside[0], inside[-1] + 1)
    days = weekday(calendar.first_day(ordinals[span]))
    times = np.bincount(days, minlength=7)
    return np.asarray((times >= SEEN_CLOSED) & (np.bincount(days, weights=rows[span], minlength=7) == 0))


def on_closed_weekday(calendar: Calendar, closed: Flags, ordinals: Integers) -> Flags:
    """Which of the periods fall on a closed weekday, (n,)."""
    if calendar.family not in "DB":
        return np.zeros(len(ordinals), bool)
    return np.asarray(closed[weekday(calendar.first_day(ordinals))])


def intermittent_series(has_row: Flags, open_column: Flags) -> Flags:
    """Series with many gaps, (S,).

    A series is intermittent if the share of open periods without a row between its first and last row is at least
    `MANY_GAPS`. The share is shrunk towards that of the whole source by `PRIOR_PERIODS` periods, since a handful of
    rows says little.
    """
    first, last = ends(has_row)
    opened = np.concatenate([[0], np.cumsum(open_column)])
    span = np.maximum(opened[last + 1] - opened[first], 0)
    absent = np.maximum(span - (has_row & open_column).sum(axis=1), 0)
    source = absent.sum() / max(span.sum(), 1)
    return np.asarray((absent + PRIOR_PERIODS * source) / (span + PRIOR_PERIODS) >= MANY_GAPS) & has_row.any(axis=1)


def ends(has_row: Flags) -> tuple[Integers, Integers]:
    """First and last column with a row, each (S,); of a series without one, 0 and -1."""
    if not has_row.shape[1]:
        return np.zeros(len(has_row), np.int64), np.full(len(has_row), -1)
    any_row = has_row.any(axis=1)
    first = np.where(any_row, has_row.argmax(axis=1), 0)
    last = np.where(any_row, has_row.shape[1] - 1 - has_row[:, ::-1].argmax(axis=1), -1)
    return first, last


def fill_gaps(
    values: Floats, has_row: Flags, closed: Flags, missing: str, calendar: Calendar, first_ordinal: int
) -> Flags:
    """Write zeros, in place, into the absent cells that mean no sale.

    Absent are the periods without a row from a series' first row to the source's last. Those on closed weekdays are
    zero whatever the setting says. The others are zero (``zero``), stay unknown (``unknown``), raise (``error``), or
    are zero in series with many gaps and unknown elsewhere (``auto``, see `intermittent_series`).

    Args:
        values: (S, T), NaN where there is no value; changed.
        has_row: (S, T).
        closed: Columns on closed weekdays, (T,).
        missing: ``zero``, ``unknown``, ``error`` or ``auto``.
        calendar: Names the period in an error.
        first_ordinal: The ordinal of column 0.

    Returns:
        The intermittent series, (S,).

    Raises:
        MissingPeriodError: if `missing` is ``error`` and a row is absent.
    """
    intermittent = intermittent_series(has_row, ~closed)
    if not has_row.any():
        return intermittent
    first, last = ends(has_row)
    end = int(last.max()) + 1
    zero = intermittent if missing == "auto" else np.full(len(values), missing == "zero")
    for start in range(0, len(values), 4_096):  # a few thousand series at once keep the masks small
        part = slice(start, start + 4_096)
        since = np.arange(end) >= first[part, None]
        absent = since & ~has_row[part, :end] & np.asarray(has_row[part].any(axis=1))[:, None]
        if missing == "error":
            _refuse(absent & ~closed[:end], start, calendar, first_ordinal)
        values[part, :end][absent & (zero[part, None] | closed[:end])] = 0.0
    return intermittent


def _refuse(absent: Flags, first_series: int, calendar: Calendar, first_ordinal: int) -> None:
    if not absent.any():
        return
    series, column = (int(index[0]) for index in absent.nonzero())
    day = int(calendar.label(first_ordinal + column))
    raise MissingPeriodError(
        f"A sales series has no row for {to_date(day)}; the setting missing is error.",
        'Add the row at the source, or set missing = "zero", "unknown" or "auto".',
        series=series + first_series,
    )
