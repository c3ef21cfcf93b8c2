"""From the rows of a source to a panel: calendar, duplicates, gaps and extent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from models.common.arrays import Flags, Floats, Integers
from models.sales.data.calendar import Calendar, weekday
from models.sales.data.duplicates import Cells, resolve_duplicates
from models.sales.data.gaps import closed_weekdays, fill_gaps
from models.sales.data.labels.frequency import resolve_calendar
from models.sales.data.lengths import resolve_lengths
from models.sales.data.panel import NO_ROW, SalesPanel, data_through
from models.sales.settings import SalesSettings
from nightcast.errors import InputError
from nightcast.values import to_date

LONGEST_ENDED = 2
"""Times the kept history that the last row may lie before the as-of, which bounds the panel's memory."""

FEWEST_NAMED = 0.5
"""With a smaller share of rows on its calendar, a source is of another frequency."""


def build_panel(
    series: ArrayLike,
    day: ArrayLike,
    value: ArrayLike,
    series_count: int,
    as_of: int,
    *,
    frequency: str = "auto",
    missing: str = "auto",
    duplicates: str = "auto",
    settings: SalesSettings,
    history: int | None = None,
) -> SalesPanel:
    """Put the rows of a source on its calendar.

    Rows at or after the as-of, and rows of the period that covers the as-of, are left out without a warning.

    Args:
        series: Codes 0..series_count-1, (m,).
        day: Days since 1970-01-01, (m,).
        value: Values, NaN where unknown, (m,).
        series_count: S.
        as_of: Days since 1970-01-01.
        frequency: One of `models.sales.data.calendar.FREQUENCIES`.
        missing: What an absent row means, see `models.sales.data.gaps.fill_gaps`.
        duplicates: What several rows of one series and period mean, see
            `models.sales.data.duplicates.resolve_duplicates`.
        settings: The lengths, and whether forecasts may be negative.
        history: Periods kept before the last row, if other than the usual number.

    Raises:
        InputError: if a duplicate or an absent row is refused by the settings (an absent one as
            `models.sales.data.gaps.MissingPeriodError`), if most rows do not lie on the calendar, or if all of them lie
            so long before the as-of that the panel would be mostly empty.
        SettingsError: if a setting is not known.
    """
    codes, days, amounts = _before(as_of, series, day, value)
    calendar = resolve_calendar(frequency, days)
    named, ordinals, step_one = _named(calendar, days), calendar.ordinal(days), int(calendar.ordinal(as_of))
    use = named & (ordinals < step_one)
    cells = resolve_duplicates(codes[use], ordinals[use], amounts[use], calendar, duplicates)
    lengths = resolve_lengths(settings, calendar)
    if history is None:
        _refuse_long_ended(cells.ordinal, step_one, calendar, LONGEST_ENDED * lengths.history)
    grid = _fill(cells, series_count, step_one, calendar, missing, history or lengths.history)
    misdated = np.bincount(codes[~named], minlength=series_count).astype(np.int64)
    return SalesPanel(
        calendar=calendar,
        lengths=lengths,
        negative=settings.negative,
        missing=missing,
        first_ordinal=step_one - grid.values.shape[1],
        **vars(grid),
        observations=np.bincount(cells.series[~np.isnan(cells.value)], minlength=series_count).astype(np.int64),
        rows=int(use.sum()),
        merged=cells.merged,
        conflicts=cells.conflicts,
        misdated=misdated,
        data_through=data_through(calendar, grid.last_row),
    )


def _refuse_long_ended(ordinal: Integers, step_one: int, calendar: Calendar, most: int) -> None:
    """Refuse an as-of that is more than `most` periods after the last row: nothing of the rows would matter there."""
    if not len(ordinal) or step_one - int(ordinal.max()) <= most:
        return
    last, as_of = (to_date(int(calendar.first_day(number))) for number in (ordinal.max(), step_one))
    raise InputError(
        f"The sales end with the period of {last}, {as_of.year - last.year} years before the as-of.",
        f"Choose an --as-of near {last}, or bring the source up to date.",
    )


def _before(as_of: int, series: ArrayLike, day: ArrayLike, value: ArrayLike) -> tuple[Integers, Integers, Floats]:
    codes, days = np.asarray(series, np.int64), np.asarray(day, np.int64)
    amounts, known = np.asarray(value, np.float64), days < as_of
    return (codes, days, amounts) if known.all() else (codes[known], days[known], amounts[known])


def _named(calendar: Calendar, days: Integers) -> Flags:
    """Which days are labels of periods, (m,)."""
    named = calendar.names(days)
    if len(days) and named.mean() < FEWEST_NAMED:
        raise InputError(
            f"Only {np.count_nonzero(named)} of the {len(days)} sales rows are dated as periods of the frequency "
            f"{calendar.frequency}.",
            'Set frequency to what the rows follow, or to "auto".',
        )
    return named


@dataclass(frozen=True, eq=False)
class _Grid:
    """The arrays of a `SalesPanel` that follow from the cells."""

    values: Floats
    has_row: Flags
    closed: Flags
    intermittent: Flags
    last_row: Integers


def _fill(cells: Cells, series_count: int, step_one: int, calendar: Calendar, missing: str, history: int) -> _Grid:
    first, width = _extent(cells.ordinal, step_one, history)
    values = np.full((series_count, width), np.nan)
    has_row = np.zeros((series_count, width), bool)
    kept = cells.ordinal >= first
    place = (cells.series[kept], cells.ordinal[kept] - first)
    values[place] = cells.value[kept]
    has_row[place] = True
    last_row = np.full(series_count, NO_ROW, np.int64)
    last_row[cells.series] = cells.ordinal  # cells are in order: the last one stays
    columns = first + np.arange(width)
    closed = closed_weekdays(has_row, calendar, columns)
    closed_columns = closed[weekday(calendar.first_day(columns))]
    intermittent = fill_gaps(values, has_row, closed_columns, missing, calendar, first)
    return _Grid(values, has_row, closed, intermittent, last_row)


def _extent(ordinal: Integers, step_one: int, history: int) -> tuple[int, int]:
    """The first ordinal to keep, and the number of periods from there to the as-of."""
    if not len(ordinal):
        return step_one, 0
    first = max(int(ordinal.min()), int(ordinal.max()) + 1 - history)
    return first, step_one - first
