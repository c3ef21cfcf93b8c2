"""Covariates: what is known ahead of the sales, such as promotions, prices, events and public holidays.

A covariate speaks of every series (`Covariates.shared`) or differs by series (`Covariates.own`, where a series without
a row of its own has the shared one). An absent row of a covariate that is only ever 0 or 1 means 0. Each is brought to
mean 0 and standard deviation 1 over what lies before the as-of; what is unknown becomes 0 after that. Public holidays
stay 0 or 1, or the share of a period's days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from models.common.arrays import Flags, Floats, Integers, Singles
from models.sales.data.calendar import Calendar
from models.sales.data.holidays import HOLIDAY_OFFSETS, holiday_columns, holiday_share
from models.sales.data.panel import SalesPanel

EVERY_SERIES = -1
"""The code of a row that speaks of every series."""

LARGEST = 100.0
"""Standard deviations beyond are cut: they say "very unusual", and nothing overflows."""

CONSTANT = 1e-12
"""A standard deviation below this share of the largest value is rounding, not change."""


@dataclass(frozen=True, eq=False)
class Covariates:
    """What is known of C shared and D own covariates, on T periods of a panel and H ahead.

    Attributes:
        names: The C shared covariates, public holidays last, then the D own ones.
        shared: Values that hold for every series, (T + H, C).
        own: Values that differ by series, (S, T + H, D): 4 bytes for each.
        centre: The mean that was taken off each covariate, (C + D,); 0 for holidays.
        spread: The standard deviation that each was divided by, (C + D,); 1 for holidays.
        first_ordinal: The period of column 0, the panel's.
        horizon: H.
        unknown_ahead: Covariates left out since nothing is known of them after the panel's last period.
        off_calendar: Rows left out since no period covers their date: weekends, where periods are business days.
    """

    names: tuple[str, ...]
    shared: Singles
    own: Singles
    centre: Floats
    spread: Floats
    first_ordinal: int
    horizon: int
    unknown_ahead: tuple[str, ...]
    off_calendar: int

    @property
    def length(self) -> int:
        """T + H, the number of columns."""
        return len(self.shared)

    def before(self, ordinal: int) -> Covariates:
        """The covariates of `SalesPanel.before(ordinal)`: up to its horizon, scaled as they are; no copy."""
        columns = int(np.clip(ordinal - self.first_ordinal, 0, self.length - self.horizon)) + self.horizon
        return replace(self, shared=self.shared[:columns], own=self.own[:, :columns])

    def take(self, series: Integers) -> Covariates:
        """Those of some series."""
        return replace(self, own=self.own[series])

    def window(self, series: Integers, column: Integers, back: int, ahead: int) -> Singles:
        """The covariates around origins, (n, back + ahead, C + D), in the order of `names`; zeros outside.

        Args:
            series: Which series each window is of, (n,).
            column: The column of its step 1, (n,); it lies at `back` in the window.
            back: Periods before the origin.
            ahead: Periods from the origin on.
        """
        columns = column[:, None] + np.arange(-back, ahead)
        inside = (columns >= 0) & (columns < self.length)
        place = np.clip(columns, 0, self.length - 1)
        found = np.empty((*columns.shape, len(self.names)), np.float32)
        count = self.shared.shape[1]
        found[:, :, :count] = self.shared[place]
        found[:, :, count:] = self.own[series[:, None], place]
        found[~inside] = 0
        return found


def build_covariates(
    series: ArrayLike,
    day: ArrayLike,
    name: ArrayLike,
    value: ArrayLike,
    names: Sequence[str],
    panel: SalesPanel,
    country: str | None = None,
) -> Covariates:
    """Put the rows of a source of covariates on a panel's calendar.

    A row belongs to the period that covers its day; of several rows of one series and day the last holds. Where a
    covariate has several days in a period it is daily, and averaged: over the days of known value, or, when it is only
    ever 0 or 1, over all days that are not explicitly unknown. A covariate that does not change before the as-of is
    left out.

    Args:
        series: Codes of the panel's series, `EVERY_SERIES` for all of them, (m,).
        day: Days since 1970-01-01, also at and after the as-of, (m,).
        name: Codes of the covariates, places in `names`, (m,).
        value: NaN where unknown, (m,).
        names: The covariates' names.
        panel: What is known of the sales.
        country: Adds the public holidays of this country, see `models.sales.data.holidays`.

    Raises:
        SettingsError: if the country is not known.
    """
    codes, days, kinds = np.asarray(series), np.asarray(day), np.asarray(name)
    values = np.asarray(value, np.float64)
    covered = panel.calendar.names(days) if panel.calendar.family == "B" else np.ones(len(days), bool)
    found: list[_Scaled] = []
    unknown: list[str] = []
    for kind, title in enumerate(names):
        chosen = np.flatnonzero((kinds == kind) & covered)
        rows = _distinct(codes[chosen], days[chosen], values[chosen])
        binary = _is_binary(rows.value)
        cells = _averaged(rows, panel, binary)
        if not _is_known_ahead(cells, panel, binary):
            unknown.append(title)
        elif (scaled := _scale(title, cells, panel, binary)) is not None:
            found.append(scaled)
    return _assemble(found, panel, country, tuple(unknown), int(np.count_nonzero(~covered)))


def holiday_covariates(panel: SalesPanel, country: str) -> Covariates:
    """The public holidays of a country as the only covariates.

    Raises:
        SettingsError: if the country is not known.
    """
    return build_covariates([], [], [], [], (), panel, country)


@dataclass(frozen=True)
class _Cells:
    """Values of one covariate by series and time, each once and in this order, all (n,).

    The time is a day, or a column of the panel and the horizon; NaN is unknown.
    """

    series: Integers
    time: Integers
    value: Floats

    def where(self, mask: Flags) -> _Cells:
        return self if mask.all() else _Cells(self.series[mask], self.time[mask], self.value[mask])


@dataclass(frozen=True)
class _Scaled:
    """One covariate: its scaled values for every series (T + H,), and what single series have instead, unscaled."""

    name: str
    centre: float
    spread: float
    everywhere: Singles
    own: _Cells


def _distinct(series: Integers, day: Integers, value: Floats) -> _Cells:
    """The last row of each series and day."""
    base = int(day.min(initial=0))
    key = series.astype(np.int64) * (int(day.max(initial=0)) - base + 1) + (day - base)
    if not np.all(key[1:] > key[:-1]):
        order = np.argsort(key, kind="stable")
        last = order[np.append(np.diff(key[order]) > 0, True)]
        series, day, value = series[last], day[last], value[last]
    return _Cells(series, day, value)


def _is_binary(value: Floats) -> bool:
    known = value[~np.isnan(value)]
    return bool(len(known) and ((known == 0) | (known == 1)).all())


def _averaged(rows: _Cells, panel: SalesPanel, binary: bool) -> _Cells:
    """One value for each series and period; the time becomes a column, that of the panel's first period being 0."""
    ordinal = panel.calendar.ordinal(rows.time)
    first = np.ones(len(ordinal), bool)
    first[1:] = (ordinal[1:] != ordinal[:-1]) | (rows.series[1:] != rows.series[:-1])
    value = rows.value if first.all() else _means(rows.value, ordinal, first, panel.calendar, binary)
    cells = _Cells(rows.series[first], ordinal[first] - panel.first_ordinal, value)
    return cells.where(cells.time >= 0)


def _means(value: Floats, ordinal: Integers, first: Flags, calendar: Calendar, binary: bool) -> Floats:
    starts, period = np.flatnonzero(first), ordinal[first]
    known = ~np.isnan(value)
    count = np.add.reduceat(known.astype(np.int64), starts)
    if binary:
        unknown = np.diff(np.append(starts, len(value))) - count
        count = calendar.last_day(period) - calendar.first_day(period) + 1 - unknown
    # Divided before they are added, since a sum of huge values would overflow.
    share = np.where(known, value, 0.0) / np.repeat(np.maximum(count, 1), np.diff(np.append(starts, len(value))))
    return np.where(count > 0, np.add.reduceat(share, starts), np.nan)


def _is_known_ahead(cells: _Cells, panel: SalesPanel, binary: bool) -> bool:
    """Whether a value is known after the panel's last period; absent rows before a later one of 0 or 1 mean 0."""
    ahead = (cells.time >= panel.length) & ~np.isnan(cells.value)
    if not binary:
        ahead &= cells.time < panel.length + panel.lengths.horizon
    return bool(ahead.any())


def _scale(name: str, cells: _Cells, panel: SalesPanel, binary: bool) -> _Scaled | None:
    """The covariate on its own scale; None where it does not change before the as-of."""
    width = panel.length + panel.lengths.horizon
    cells = cells.where(cells.time < width)
    is_own = cells.series != EVERY_SERIES
    everyone, own = cells.where(~is_own), cells.where(is_own)
    row = np.full(width, 0.0 if binary else np.nan)
    row[everyone.time] = everyone.value
    # Every series without a value of its own has the shared one, and so counts it once.
    others = panel.series_count - np.bincount(own.time, minlength=width)[: panel.length]
    past = own.value[(own.time < panel.length) & ~np.isnan(own.value)]
    counted = (others > 0) & ~np.isnan(row[: panel.length])
    centre, spread, largest = _moments(past, row[: panel.length][counted], others[counted])
    if spread <= CONSTANT * largest:
        return None
    return _Scaled(name, centre, spread, _scaled(row, centre, spread), own)


def _moments(own: Floats, shared: Floats, weight: Integers) -> tuple[float, float, float]:
    """Mean and standard deviation, and the largest absolute value; zeros where there is nothing.

    Args:
        own: Values that count once, (n,).
        shared: Other values, (k,).
        weight: How often each of those counts, (k,).
    """
    largest = float(max(np.abs(own).max(initial=0.0), np.abs(shared).max(initial=0.0)))
    if not largest:
        return 0.0, 0.0, 0.0
    own, shared, count = own / largest, shared / largest, len(own) + int(weight.sum())  # huge squares would overflow
    mean = float(own.sum() + shared @ weight) / count
    variance = float(np.square(own - mean).sum() + np.square(shared - mean) @ weight) / count
    return mean * largest, variance**0.5 * largest, largest


def _scaled(value: Floats, centre: float, spread: float) -> Singles:
    with np.errstate(over="ignore"):
        distance = np.clip(value / spread - centre / spread, -LARGEST, LARGEST)  # the difference might overflow
    return np.nan_to_num(distance, nan=0.0).astype(np.float32)


def _assemble(
    found: list[_Scaled], panel: SalesPanel, country: str | None, unknown: tuple[str, ...], off_calendar: int
) -> Covariates:
    width = panel.length + panel.lengths.horizon
    holidays, titles = _holidays(panel, width, country)
    shared, own = ([one for one in found if bool(len(one.own.time)) is is_own] for is_own in (False, True))
    values = np.zeros((panel.series_count, width, len(own)), np.float32)
    for place, one in enumerate(own):
        values[:, :, place] = one.everywhere
        values[one.own.series, one.own.time, place] = _scaled(one.own.value, one.centre, one.spread)
    plain = np.zeros(len(titles))
    return Covariates(
        names=(*(one.name for one in shared), *titles, *(one.name for one in own)),
        shared=np.column_stack([*(one.everywhere for one in shared), holidays]).astype(np.float32),
        own=values,
        centre=np.array([*(one.centre for one in shared), *plain, *(one.centre for one in own)]),
        spread=np.array([*(one.spread for one in shared), *plain + 1, *(one.spread for one in own)]),
        first_ordinal=panel.first_ordinal,
        horizon=panel.lengths.horizon,
        unknown_ahead=unknown,
        off_calendar=off_calendar,
    )


def _holidays(panel: SalesPanel, width: int, country: str | None) -> tuple[Singles, tuple[str, ...]]:
    """The public holidays, (width, number of titles), and what they are called."""
    ordinals = panel.first_ordinal + np.arange(width)
    first = panel.calendar.first_day(ordinals)
    if country is None:
        return np.zeros((width, 0), np.float32), ()
    if panel.calendar.family in "DB":
        return holiday_columns(first, country), tuple(f"holiday {offset:+d}" for offset in HOLIDAY_OFFSETS)
    return holiday_share(first, panel.calendar.last_day(ordinals), country)[:, None], ("holiday share",)
