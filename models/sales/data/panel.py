"""All series of a source on one calendar, up to the as-of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from models.common.arrays import Days, Flags, Floats, Integers
from models.sales.data.calendar import Calendar, weekday
from models.sales.data.duplicates import Cells, resolve_duplicates
from models.sales.data.frequency import resolve_calendar
from models.sales.data.gaps import closed_columns, closed_weekdays, fill_gaps
from models.sales.data.lengths import Lengths, resolve_lengths
from models.sales.settings import SalesSettings
from nightcast.errors import InputError

if TYPE_CHECKING:
    from models.sales.data.covariates import Covariates


@dataclass(frozen=True, eq=False)
class SalesPanel:
    """What is known of S series on T consecutive periods, the last one being the last wholly known at the as-of.

    Attributes:
        calendar: The periods' calendar.
        lengths: Horizon, season and the like, for this calendar.
        negative: The setting ``negative``.
        first_ordinal: The period of column 0.
        values: (S, T) float64, so that neither cents nor huge values are lost; NaN where unknown.
        has_row: Whether the source has a row, (S, T); a row may hold an unknown value.
        closed: Weekdays on which the source is closed, Monday first, (7,).
        intermittent: Series with many gaps, (S,).
        observations: Known values in rows before the as-of, (S,), also of periods before column 0.
        last_row: Ordinal of each series' last row before the as-of, (S,); ``NO_ROW`` where there is none.
        rows: Rows used.
        duplicates: Rows that another row of the same series and period replaced or absorbed.
        misdated: Rows of each series whose date is no label of the calendar, left out, (S,).
        data_through: The last day covered by the last period with a row; -1 when there is none.
        covariates: What is known ahead, if anything.
    """

    calendar: Calendar
    lengths: Lengths
    negative: str
    first_ordinal: int
    values: Floats
    has_row: Flags
    closed: Flags
    intermittent: Flags
    observations: Integers
    last_row: Integers
    rows: int
    duplicates: int
    misdated: Integers
    data_through: int
    covariates: Covariates | None = None

    @property
    def series_count(self) -> int:
        """S, the number of series."""
        return len(self.values)

    @property
    def off_calendar(self) -> int:
        """Rows of all series whose date is no label of the calendar."""
        return int(self.misdated.sum())

    @property
    def length(self) -> int:
        """T, the number of periods."""
        return int(self.values.shape[1])

    @property
    def end(self) -> int:
        """The ordinal of step 1."""
        return self.first_ordinal + self.length

    @property
    def source_end(self) -> int:
        """The ordinal after the last period in which any series has a row; `first_ordinal` when none has."""
        return max(int(self.last_row.max(initial=NO_ROW)) + 1, self.first_ordinal)

    @property
    def step_days(self) -> Days:
        """The labels of the steps, days since 1970-01-01, (horizon,)."""
        return self.calendar.label(self.end + np.arange(self.lengths.horizon)).astype(np.int32)

    @property
    def last_day(self) -> Days:
        """The label of each series' last row, (S,); -1 where there is none."""
        present = self.last_row > NO_ROW
        return np.where(present, self.calendar.label(np.where(present, self.last_row, 0)), -1).astype(np.int32)

    def floored(self, series: slice | Integers) -> Flags:
        """Which of these series are never forecast below zero."""
        count = len(self.values[series])
        if self.negative != "auto":
            return np.full(count, self.negative == "floor")
        return np.asarray(~(self.values[series] < 0).any(axis=1))

    def closed_steps(self, horizon: int) -> Flags:
        """Which steps fall on a closed weekday, (horizon,)."""
        if self.calendar.family not in "DB":
            return np.zeros(horizon, bool)
        return self.closed[weekday(self.calendar.first_day(self.end + np.arange(horizon)))]

    def take(self, series: Integers) -> SalesPanel:
        """Some of the series."""
        return replace(
            self,
            values=self.values[series],
            has_row=self.has_row[series],
            intermittent=self.intermittent[series],
            observations=self.observations[series],
            last_row=self.last_row[series],
            misdated=self.misdated[series],
            covariates=None if self.covariates is None else self.covariates.take(series),
        )

    def before(self, ordinal: int) -> SalesPanel:
        """The same series as they were known before the period `ordinal`."""
        columns = int(np.clip(ordinal - self.first_ordinal, 0, self.length))
        values, has_row = self.values[:, :columns], self.has_row[:, :columns]
        last_row = _last_row(has_row, self.first_ordinal)
        last_row = np.where(self.last_row < self.first_ordinal, self.last_row, last_row)
        return replace(
            self,
            values=values,
            has_row=has_row,
            observations=np.count_nonzero(has_row & ~np.isnan(values), axis=1).astype(np.int64),
            last_row=last_row,
            data_through=_data_through(self.calendar, last_row),
            covariates=None if self.covariates is None else self.covariates.before(ordinal),
        )


NO_ROW = -(2**40)
"""The ordinal of "never"."""


def build_panel(
    series: ArrayLike,
    day: ArrayLike,
    value: ArrayLike,
    series_count: int,
    as_of: int,
    *,
    frequency: str = "auto",
    missing: str = "auto",
    duplicates: str = "last",
    settings: SalesSettings,
) -> SalesPanel:
    """Put the rows of a source on its calendar.

    Rows at or after the as-of, and rows of the period that covers the as-of, are left out without a word.

    Args:
        series: Codes 0..series_count-1, (m,).
        day: Days since 1970-01-01, (m,).
        value: Values, NaN where unknown, (m,).
        series_count: S.
        as_of: Days since 1970-01-01.
        frequency: One of `models.sales.data.calendar.FREQUENCIES`.
        missing: What an absent row means, see `models.sales.data.gaps.fill_gaps`.
        duplicates: What several rows of one series and period mean: last, sum or error.
        settings: The lengths, and whether forecasts may be negative.

    Raises:
        InputError: if a duplicate or an absent row is refused by the settings (an absent one as
            `models.sales.data.gaps.MissingPeriodError`), or if no row at all lies on the calendar.
        SettingsError: if a setting is not known.
    """
    codes, days = np.asarray(series, np.int64), np.asarray(day, np.int64)
    amounts = np.asarray(value, np.float64)
    known = days < as_of
    if not known.all():
        codes, days, amounts = codes[known], days[known], amounts[known]
    calendar = resolve_calendar(frequency, days)
    ordinals, step_one = calendar.ordinal(days), int(calendar.ordinal(as_of))
    named = calendar.names(days)
    if len(days) and not named.any():
        raise _nothing_named(calendar, len(days))
    misdated = np.bincount(codes[~named], minlength=series_count).astype(np.int64)
    use = named & (ordinals < step_one)
    cells = resolve_duplicates(codes[use], ordinals[use], amounts[use], calendar, duplicates)
    return _fill(cells, series_count, step_one, calendar, missing, settings, int(use.sum()), misdated)


def _nothing_named(calendar: Calendar, rows: int) -> InputError:
    return InputError(
        f"None of the {rows} sales rows is dated as a period of the frequency {calendar.frequency}.",
        'Set frequency to what the rows follow, or to "auto".',
    )


def _fill(
    cells: Cells,
    series_count: int,
    step_one: int,
    calendar: Calendar,
    missing: str,
    settings: SalesSettings,
    rows: int,
    misdated: Integers,
) -> SalesPanel:
    lengths = resolve_lengths(settings, calendar)
    first, width = _extent(cells.ordinal, step_one, lengths.history)
    values = np.full((series_count, width), np.nan)
    has_row = np.zeros((series_count, width), bool)
    kept = cells.ordinal >= first
    place = (cells.series[kept], cells.ordinal[kept] - first)
    values[place] = cells.value[kept]
    has_row[place] = True
    last_row = np.full(series_count, NO_ROW, np.int64)
    last_row[cells.series] = cells.ordinal  # in order, so that the last one stays
    columns = first + np.arange(width)
    closed = closed_weekdays(has_row, calendar, columns)
    intermittent = fill_gaps(values, has_row, closed_columns(has_row, calendar, columns), missing, calendar, first)
    return SalesPanel(
        calendar=calendar,
        lengths=lengths,
        negative=settings.negative,
        first_ordinal=first,
        values=values,
        has_row=has_row,
        closed=closed,
        intermittent=intermittent,
        observations=np.bincount(cells.series[~np.isnan(cells.value)], minlength=series_count).astype(np.int64),
        last_row=last_row,
        rows=rows,
        duplicates=cells.duplicates,
        misdated=misdated,
        data_through=_data_through(calendar, last_row),
    )


def _extent(ordinal: Integers, step_one: int, history: int) -> tuple[int, int]:
    """The first ordinal to keep, and the number of periods from there to the as-of."""
    if not len(ordinal):
        return step_one, 0
    first = max(int(ordinal.min()), int(ordinal.max()) + 1 - history)
    return first, step_one - first


def _last_row(has_row: Flags, first_ordinal: int) -> Integers:
    if not has_row.shape[1]:
        return np.full(len(has_row), NO_ROW, np.int64)
    last = first_ordinal + has_row.shape[1] - 1 - has_row[:, ::-1].argmax(axis=1)
    return np.where(has_row.any(axis=1), last, NO_ROW)


def _data_through(calendar: Calendar, last_row: Integers) -> int:
    last = int(last_row.max(initial=NO_ROW))
    return -1 if last == NO_ROW else int(calendar.last_day(last))
