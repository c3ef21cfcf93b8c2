"""All series of a source on one calendar, up to the as-of."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.common.arrays import Days, Flags, Floats, Integers
from models.sales.data.calendar import Calendar
from models.sales.data.covariates import Covariates, Grid
from models.sales.data.gaps import closed_weekdays, ends, fill_gaps, on_closed_weekday
from models.sales.data.lengths import Lengths
from models.sales.data.outliers import Outliers, find_outliers

NO_ROW = -(2**40)
"""The ordinal that means "never"."""

MANY_ZEROS = 0.25
"""With this share of zeros, or more, a series is rare: a mean of errors or a season says little about it."""

CHUNK = 2_048
"""Series that are worked on at once: temporary arrays stay small."""


@dataclass(frozen=True, eq=False)
class SalesPanel:
    """What is known of S series on T consecutive periods, the last one being the last wholly known at the as-of.

    Attributes:
        calendar: The periods' calendar.
        lengths: Horizon, season and the like, for this calendar.
        negative: The setting ``negative``.
        missing: What an absent row means, see `models.sales.data.gaps.fill_gaps`.
        first_ordinal: The period of column 0.
        values: (S, T) float64, which keeps both cents and large values; NaN where unknown. A value without a row is a
            zero that was filled in.
        has_row: Whether the source has a row, (S, T); a row may hold an unknown value.
        closed: Weekdays on which the source is closed, Monday first, (7,).
        intermittent: Series with many gaps, (S,).
        observations: Known values in rows before the as-of, (S,), also of periods before column 0.
        last_row: Ordinal of each series' last row before the as-of, (S,); ``NO_ROW`` where there is none.
        rows: Rows used.
        merged: Rows that were merged into another row of the same series and period.
        conflicts: Series and periods whose rows have different values.
        misdated: Rows of each series whose date is no label of the calendar, left out, (S,).
        data_through: The last day covered by the last period with a row; -1 when there is none.
        outliers: The values that count as unknown; None while all are believed.
        covariates: The covariates; None without any.
    """

    calendar: Calendar
    lengths: Lengths
    negative: str
    missing: str
    first_ordinal: int
    values: Floats
    has_row: Flags
    closed: Flags
    intermittent: Flags
    observations: Integers
    last_row: Integers
    rows: int
    merged: int
    conflicts: int
    misdated: Integers
    data_through: int
    outliers: Outliers | None = None
    covariates: Covariates | None = None

    @property
    def series_count(self) -> int:
        """S, the number of series."""
        return len(self.values)

    @property
    def grid(self) -> Grid:
        """The grid of the covariates."""
        return Grid(self.calendar, self.first_ordinal, self.length, self.lengths.horizon, self.series_count)

    @property
    def chunks(self) -> list[slice]:
        """The series, at most `CHUNK` at a time."""
        return [slice(start, min(start + CHUNK, self.series_count)) for start in range(0, self.series_count, CHUNK)]

    @property
    def outlier_count(self) -> Integers:
        """Values of each series that count as unknown since they are outliers, (S,)."""
        places = np.zeros(0, np.int64) if self.outliers is None else self.outliers.series
        return np.bincount(places, minlength=self.series_count).astype(np.int64)

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

    @property
    def floored(self) -> Flags:
        """Which series are never forecast below zero, (S,)."""
        if self.negative != "auto":
            return np.full(self.series_count, self.negative == "floor")
        return np.asarray(~(self.values < 0).any(axis=1))

    @property
    def rare(self) -> Flags:
        """Series of many zeros, at least `MANY_ZEROS` of the known values on open days, (S,)."""
        rare = np.zeros(self.series_count, bool)
        open_columns = ~self.closed_columns
        for part in self.chunks:
            values = self.values[part][:, open_columns]
            known = np.count_nonzero(~np.isnan(values), axis=1)
            rare[part] = np.count_nonzero(values == 0, axis=1) >= MANY_ZEROS * np.maximum(known, 1)
        return rare

    @property
    def counts(self) -> Flags:
        """Which series count something: all known values are whole numbers, none is negative, (S,)."""
        counts = np.zeros(self.series_count, bool)
        for part in self.chunks:
            values = self.values[part]
            counts[part] = ~((values < 0) | (values % 1 > 0)).any(axis=1)
        return counts

    @property
    def closed_columns(self) -> Flags:
        """Which periods fall on a closed weekday, (T,)."""
        return on_closed_weekday(self.calendar, self.closed, self.first_ordinal + np.arange(self.length))

    def closed_steps(self, horizon: int) -> Flags:
        """Which steps fall on a closed weekday, (horizon,)."""
        return on_closed_weekday(self.calendar, self.closed, self.end + np.arange(horizon))

    def observed(self, ordinal: int, horizon: int) -> Floats:
        """The values from a period on, (S, horizon); NaN outside of the panel, or where unknown."""
        first, stop = (int(np.clip(at - self.first_ordinal, 0, self.length)) for at in (ordinal, ordinal + horizon))
        start = self.first_ordinal + first - ordinal
        observed = np.full((self.series_count, horizon), np.nan)
        observed[:, start : start + stop - first] = self.values[:, first:stop]
        return observed

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
            outliers=None if self.outliers is None else self.outliers.take(series),
            covariates=None if self.covariates is None else self.covariates.take(series),
        )

    def without_outliers(self) -> SalesPanel:
        """The panel with its outliers unknown, see `models.sales.data.outliers`.

        Numbers of rows and observations do not change. The values are copied only if there is an outlier. A panel whose
        outliers were removed before is returned as it is: without them, other values would be outliers.
        """
        if self.outliers is not None:
            return self
        outliers = Outliers.joined([find_outliers(self.values[part], part.start) for part in self.chunks])
        values = self.values
        if len(outliers.series):
            values = values.copy()
            values[outliers.series, outliers.column] = np.nan
        return replace(self, values=values, outliers=outliers)

    def before(self, ordinal: int) -> SalesPanel:
        """The same series as a night at the start of the period `ordinal` would have known them.

        What follows from rows is decided again by the rows before: closed weekdays, which series have many gaps, which
        absent rows mean no sale, and, if this panel is without outliers, what is an outlier. Tonight's own are the
        calendar, the lengths, and the counts of rows, of merged and of misdated rows; periods before column 0 stay
        out. Where the setting ``missing`` refuses absent rows, one that no closed weekday explains yet is unknown.
        """
        columns = int(np.clip(ordinal - self.first_ordinal, 0, self.length))
        has_row, values = self.has_row[:, :columns], self._from_source(columns)
        _, last = ends(has_row)
        last_row = np.where(last < 0, NO_ROW, self.first_ordinal + last)
        last_row = np.where(self.last_row < min(self.first_ordinal, ordinal), self.last_row, last_row)
        earlier = self.observations - self._known_rows if ordinal >= self.first_ordinal else 0
        observations = earlier + np.count_nonzero(~np.isnan(values), axis=1)
        periods = self.first_ordinal + np.arange(columns)
        closed = closed_weekdays(has_row, self.calendar, periods)
        missing = "unknown" if self.missing == "error" else self.missing
        shut = on_closed_weekday(self.calendar, closed, periods)
        then = replace(
            self,
            values=values,
            has_row=has_row,
            closed=closed,
            intermittent=fill_gaps(values, has_row, shut, missing, self.calendar, self.first_ordinal),
            observations=observations,
            last_row=last_row,
            data_through=data_through(self.calendar, last_row),
            outliers=None,
            covariates=None if self.covariates is None else self.covariates.before(ordinal),
        )
        return then if self.outliers is None else then.without_outliers()

    def _from_source(self, columns: int) -> Floats:
        """The values of the first columns as the source has them, NaN without a row, (S, columns)."""
        values = np.where(self.has_row[:, :columns], self.values[:, :columns], np.nan)
        if self.outliers is not None:
            early = self.outliers.before(columns)
            values[early.series, early.column] = early.value
        return values

    @property
    def _known_rows(self) -> Integers:
        """Rows of the panel's periods with a known value, outliers among them, (S,)."""
        counts = [np.count_nonzero(self.has_row[part] & ~np.isnan(self.values[part]), axis=1) for part in self.chunks]
        return np.concatenate([np.zeros(0, np.int64), *counts]) + self.outlier_count


def data_through(calendar: Calendar, last_row: Integers) -> int:
    """The last day that the last period with a row covers; -1 where no series has a row."""
    last = int(last_row.max(initial=NO_ROW))
    return -1 if last == NO_ROW else int(calendar.last_day(last))
