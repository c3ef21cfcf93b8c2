"""Series in files, as the benchmarks of sales read them: rows, and the same as a grid of series and periods."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.sales.data.build import build_panel
from models.sales.data.calendar import Calendar, weekday
from models.sales.data.gaps import closed_weekdays
from models.sales.data.labels.frequency import resolve_calendar
from models.sales.data.panel import SalesPanel
from models.sales.settings import SalesSettings

MANY_GAPS = 0.1
"""With this share of periods without a row, or more, an absent row means no sale."""

Numbers = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Source:
    """The rows of one file, and the same as a grid of series and periods.

    Attributes:
        series, day, value: the columns of the file.
        calendar: the calendar of the periods.
        ordinal: the period of each row.
        first: the period of column 0.
        grid: (S, T), NaN where unknown.
        end: the last column of each series, (S,).
        gaps: whether an absent row means no sale.
    """

    series: Integers
    day: Integers
    value: Numbers
    calendar: Calendar
    ordinal: Integers
    first: int
    grid: Numbers
    end: Integers
    gaps: bool

    @classmethod
    def of(cls, series: Integers, day: Integers, value: Numbers) -> Source:
        """Put rows on their calendar; rows that are no period of it are left out."""
        calendar, count = resolve_calendar("auto", day), int(series.max()) + 1
        named = calendar.names(day)
        series, day, value = series[named], day[named], value[named]
        ordinal = calendar.ordinal(day)
        first = int(ordinal.min())
        grid = np.full((count, int(ordinal.max()) - first + 1), np.nan)
        present = np.zeros(grid.shape, bool)
        grid[series, ordinal - first], present[series, ordinal - first] = value, True
        ordinals = first + np.arange(grid.shape[1])
        closed = closed_weekdays(present, calendar, ordinals)[weekday(calendar.first_day(ordinals))]
        gaps, end = _fill(grid, present, closed)
        return cls(series, day, value, calendar, ordinal, first, grid, end, gaps)

    @classmethod
    def read(cls, path: Path) -> Source:
        """Rows from a CSV file of series, period and value; an empty value is unknown."""
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        codes, _ = pd.factorize(frame.iloc[:, 0])
        period = pd.to_datetime(frame.iloc[:, 1], format="ISO8601")
        day = (period.dt.normalize() - pd.Timestamp(0)).dt.days
        value = frame.iloc[:, 2].replace("", "nan").to_numpy(np.float64)
        return cls.of(np.asarray(codes, np.int64), np.asarray(day, np.int64), value)

    def newest(self, periods: int) -> Source:
        """The same with the last periods of each series alone."""
        kept = self.ordinal > self.first + self.end[self.series] - periods
        return Source.of(self.series[kept], self.day[kept], self.value[kept])

    def panel(self, column: int, settings: SalesSettings) -> SalesPanel:
        """The panel of all series before a column's period; an absent row has the same meaning as in the grid."""
        origin = self.first + column
        seen = self.ordinal < origin
        return build_panel(
            self.series[seen],
            self.day[seen],
            self.value[seen],
            len(self.grid),
            int(self.calendar.first_day(origin)),
            frequency=self.calendar.frequency,
            missing="zero" if self.gaps else "unknown",
            settings=settings,
        )


def _fill(grid: Numbers, present: NDArray[np.bool_], closed: NDArray[np.bool_]) -> tuple[bool, Integers]:
    """Write zeros where an absent row means no sale; returns whether it does everywhere, and each last column."""
    column = np.arange(grid.shape[1])
    known = np.asarray(present.any(axis=1))[:, None]
    begin, end = present.argmax(axis=1), column[-1] - present[:, ::-1].argmax(axis=1)
    begun = known & (column >= begin[:, None])
    opened = begun & (column <= end[:, None]) & ~closed
    gaps = bool((opened & ~present).sum() >= MANY_GAPS * opened.sum())
    grid[begun & ~present & (closed | gaps)] = 0.0
    return gaps, np.full(len(grid), column[-1]) if gaps else end.astype(np.int64)
