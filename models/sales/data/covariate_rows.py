"""From the rows of a source of covariates to covariates on a panel's grid.

A series without a row of its own has the shared value. An absent row of a covariate that is only ever 0 or 1 means 0.
Each covariate is brought to mean 0 and standard deviation 1 over what lies before the as-of; unknown values become 0
after that. Public holidays stay 0 or 1, or the share of a period's days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from models.common.arrays import Flags, Floats, Integers, Singles
from models.sales.data.calendar import Calendar
from models.sales.data.covariates import Covariates, Grid
from models.sales.data.holidays import HOLIDAY_OFFSETS, holiday_columns, holiday_share

EVERY_SERIES = -1
"""The code of a row that applies to every series."""

LARGEST = 100.0
"""Larger values, in standard deviations, are cut to this: they only mean "very unusual"."""

CONSTANT = 1e-12
"""A standard deviation below this share of the largest value is rounding, not change."""


def build_covariates(
    series: ArrayLike,
    day: ArrayLike,
    name: ArrayLike,
    value: ArrayLike,
    names: Sequence[str],
    grid: Grid,
    country: str | None = None,
) -> Covariates:
    """Put the rows of a source of covariates on a panel's calendar.

    A row belongs to the period that covers its day; the last of several rows of one series and day counts. Where a
    covariate has several days in a period, it is averaged: over the days with a known value, or, if it is only ever 0
    or 1, over all days that are not explicitly unknown. A covariate that does not change before the as-of is left out.

    Args:
        series: Codes of the panel's series, `EVERY_SERIES` for all of them, (m,).
        day: Days since 1970-01-01, also at and after the as-of, (m,).
        name: Codes of the covariates, places in `names`, (m,).
        value: NaN where unknown, (m,).
        names: The covariates' names.
        grid: The panel's series and periods.
        country: Adds the public holidays of this country, see `models.sales.data.holidays`.

    Raises:
        SettingsError: if the country is not known.
    """
    codes, days, kinds = np.asarray(series), np.asarray(day), np.asarray(name)
    values = np.asarray(value, np.float64)
    covered = grid.calendar.names(days) if grid.calendar.family == "B" else np.ones(len(days), bool)
    usable: list[_Scaled] = []
    unknown_ahead: list[str] = []
    for kind, title in enumerate(names):
        chosen = np.flatnonzero((kinds == kind) & covered)
        rows = _distinct(codes[chosen], days[chosen], values[chosen])
        binary = _is_binary(rows.value)
        cells = _averaged(rows, grid, binary)
        if not _is_known_ahead(cells, grid, binary):
            unknown_ahead.append(title)
        elif (scaled := _scale(title, cells, grid, binary)) is not None:
            usable.append(scaled)
    return _assemble(usable, grid, country, tuple(unknown_ahead), int(np.count_nonzero(~covered)))


def holiday_covariates(grid: Grid, country: str) -> Covariates:
    """The public holidays of a country as the only covariates.

    Raises:
        SettingsError: if the country is not known.
    """
    return build_covariates([], [], [], [], (), grid, country)


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


def _averaged(rows: _Cells, grid: Grid, binary: bool) -> _Cells:
    """One value for each series and period; the time becomes a column of the grid."""
    ordinal = grid.calendar.ordinal(rows.time)
    first = np.ones(len(ordinal), bool)
    first[1:] = (ordinal[1:] != ordinal[:-1]) | (rows.series[1:] != rows.series[:-1])
    value = rows.value if first.all() else _means(rows.value, ordinal, first, grid.calendar, binary)
    cells = _Cells(rows.series[first], ordinal[first] - grid.first_ordinal, value)
    return cells.where(cells.time >= 0)


def _means(value: Floats, ordinal: Integers, first: Flags, calendar: Calendar, binary: bool) -> Floats:
    starts, period = np.flatnonzero(first), ordinal[first]
    known = ~np.isnan(value)
    count = np.add.reduceat(known.astype(np.int64), starts)
    if binary:
        unknown = np.diff(np.append(starts, len(value))) - count
        count = calendar.last_day(period) - calendar.first_day(period) + 1 - unknown
    total = np.add.reduceat(np.where(known, value, 0.0), starts)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _is_known_ahead(cells: _Cells, grid: Grid, binary: bool) -> bool:
    """Whether a value is known after the as-of; of a covariate of 0 or 1, also beyond the horizon: 0 until then."""
    ahead = (cells.time >= grid.length) & ~np.isnan(cells.value)
    if not binary:
        ahead &= cells.time < grid.width
    return bool(ahead.any())


def _scale(name: str, cells: _Cells, grid: Grid, binary: bool) -> _Scaled | None:
    """The covariate on its own scale; None where it does not change before the as-of."""
    width = grid.width
    cells = cells.where(cells.time < width)
    is_own = cells.series != EVERY_SERIES
    everyone, own = cells.where(~is_own), cells.where(is_own)
    row = np.full(width, 0.0 if binary else np.nan)
    row[everyone.time] = everyone.value
    # The shared value counts once for every series without a value of its own.
    others = grid.series_count - np.bincount(own.time, minlength=width)[: grid.length]
    past = own.value[(own.time < grid.length) & ~np.isnan(own.value)]
    counted = (others > 0) & ~np.isnan(row[: grid.length])
    centre, spread, largest = _moments(past, row[: grid.length][counted], others[counted])
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
    count = len(own) + int(weight.sum())
    if not count:
        return 0.0, 0.0, 0.0
    mean = float(own.sum() + shared @ weight) / count
    variance = float(np.square(own - mean).sum() + np.square(shared - mean) @ weight) / count
    return mean, variance**0.5, largest


def _scaled(value: Floats, centre: float, spread: float) -> Singles:
    distance = np.clip((value - centre) / spread, -LARGEST, LARGEST)
    return np.nan_to_num(distance, nan=0.0).astype(np.float32)


def _assemble(
    covariates: list[_Scaled], grid: Grid, country: str | None, unknown_ahead: tuple[str, ...], off_calendar: int
) -> Covariates:
    width = grid.width
    holidays, titles = _holidays(grid, width, country)
    shared, own = ([one for one in covariates if bool(len(one.own.time)) is is_own] for is_own in (False, True))
    values = np.zeros((grid.series_count, width, len(own)), np.float32)
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
        first_ordinal=grid.first_ordinal,
        horizon=grid.horizon,
        unknown_ahead=unknown_ahead,
        off_calendar=off_calendar,
    )


def _holidays(grid: Grid, width: int, country: str | None) -> tuple[Singles, tuple[str, ...]]:
    """The public holidays, (width, number of titles), and what they are called."""
    ordinals = grid.first_ordinal + np.arange(width)
    first = grid.calendar.first_day(ordinals)
    if country is None:
        return np.zeros((width, 0), np.float32), ()
    if grid.calendar.family in "DB":
        return holiday_columns(first, country), tuple(f"holiday {offset:+d}" for offset in HOLIDAY_OFFSETS)
    return holiday_share(first, grid.calendar.last_day(ordinals), country)[:, None], ("holiday share",)
