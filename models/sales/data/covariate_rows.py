"""From the rows of a source of covariates to covariates on a panel's grid.

A series without a row of its own has the shared value. An absent row of a covariate that is only ever 0 or 1 means 0,
up to the last period for which any series has a row: beyond, nobody has planned yet, and it is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from models.common.arrays import Flags, Floats, Integers, Singles
from models.common.holidays import HOLIDAY_OFFSETS, holiday_columns, holiday_share
from models.sales.data.calendar import Calendar
from models.sales.data.covariate_values import CovariateCells, Mark, distinct, without_marks
from models.sales.data.covariates import Covariates, Grid

EVERY_SERIES = -1
"""The code of a row that applies to every series."""


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

    A row belongs to the period that covers its day; the greatest known value of one series and day counts. Where a
    covariate has several days in a period, it is averaged: over the days with a known value, or, if it is only ever 0
    or 1, over all days that are not explicitly unknown. Marks such as -999 are unknown, see
    `models.sales.data.covariate_values`.

    Args:
        series: Codes of the panel's series, `EVERY_SERIES` for all of them, (m,).
        day: Days since 1970-01-01, also at and after the as-of, (m,).
        name: Codes of the covariates, places in `names`, (m,).
        value: NaN where unknown, (m,).
        names: The covariates' names.
        grid: The panel's series and periods.
        country: Adds the public holidays of this country, see `models.common.holidays`.

    Raises:
        SettingsError: if the country is not known.
    """
    codes, days, kinds = (np.asarray(column, np.int64) for column in (series, day, name))
    values = np.asarray(value, np.float64)
    covered = grid.calendar.names(days) if grid.calendar.family == "B" else np.ones(len(days), bool)
    laid: list[_Laid] = []
    differing: dict[str, int] = {}
    marks: list[Mark] = []
    for kind, title in enumerate(names):
        chosen = np.flatnonzero((kinds == kind) & covered)
        rows, differing[title] = distinct(codes[chosen], days[chosen], values[chosen])
        rows, found = without_marks(rows, title)
        marks += found
        laid.append(_lay_out(rows, grid))
    covariates = _assemble(laid, names, grid, country, int(np.count_nonzero(~covered)))
    return replace(covariates, differing=differing, marks=tuple(marks))


def holiday_covariates(grid: Grid, country: str) -> Covariates:
    """The public holidays of a country as the only covariates.

    Raises:
        SettingsError: if the country is not known.
    """
    return build_covariates([], [], [], [], (), grid, country)


@dataclass(frozen=True)
class _Laid:
    """One covariate on the grid: what holds for every series (T + H,), and what single series have instead.

    `reach` is the number of steps that are known ahead of each series, (S,).
    """

    everywhere: Floats
    own: CovariateCells
    reach: Integers


def _is_binary(value: Floats) -> bool:
    known = value[~np.isnan(value)]
    return bool(len(known) and ((known == 0) | (known == 1)).all())


def _averaged(rows: CovariateCells, grid: Grid, binary: bool) -> CovariateCells:
    """One value for each series and period; the time becomes a column of the grid."""
    ordinal = grid.calendar.ordinal(rows.time)
    first = np.ones(len(ordinal), bool)
    first[1:] = (ordinal[1:] != ordinal[:-1]) | (rows.series[1:] != rows.series[:-1])
    value = rows.value if first.all() else _means(rows.value, ordinal, first, grid.calendar, binary)
    cells = CovariateCells(rows.series[first], ordinal[first] - grid.first_ordinal, value)
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


def _lay_out(rows: CovariateCells, grid: Grid) -> _Laid:
    binary = _is_binary(rows.value)
    cells = _averaged(rows, grid, binary)
    known = ~np.isnan(cells.value) & (binary | (cells.time < grid.width + grid.later))
    last = _last_known(cells.where(known), grid.series_count, together=binary)
    if not binary:
        _without_unknown(last, cells.where(cells.time >= grid.length), grid)
    cells = cells.where(cells.time < grid.width)
    is_own = cells.series != EVERY_SERIES
    everyone = cells.where(~is_own)
    everywhere = np.full(grid.width, 0.0 if binary else np.nan)
    everywhere[everyone.time] = everyone.value
    if binary:
        everywhere[max(int(last.max(initial=-1)) + 1, grid.length) :] = np.nan
    return _Laid(everywhere, cells.where(is_own), np.clip(last + 1 - grid.length - grid.later, 0, grid.horizon))


def _last_known(known: CovariateCells, series_count: int, *, together: bool) -> Integers:
    """The last column with a known value of each series, (S,); -1 where there is none.

    Args:
        known: The known values.
        series_count: S.
        together: Whether a row of any series tells of all.
    """
    last = np.full(series_count, -1, np.int64)
    is_own = (known.series != EVERY_SERIES) & (not together)
    np.maximum.at(last, known.series[is_own], known.time[is_own])
    return np.asarray(np.maximum(last, known.time[~is_own].max(initial=-1)))


def _without_unknown(last: Integers, ahead: CovariateCells, grid: Grid) -> None:
    """Bring back the last column of series with rows of their own ahead, without a value: these hide everybody's."""
    is_own, is_known = ahead.series != EVERY_SERIES, ~np.isnan(ahead.value)
    hidden = np.unique(ahead.series[is_own & ~is_known])
    if not len(hidden):
        return
    known = np.zeros((len(hidden), grid.horizon + grid.later), np.bool_)
    inside = ahead.time - grid.length < known.shape[1]
    everybody, own = inside & ~is_own, inside & is_own & np.isin(ahead.series, hidden)
    known[:, ahead.time[everybody] - grid.length] = is_known[everybody]
    known[np.searchsorted(hidden, ahead.series[own]), ahead.time[own] - grid.length] = is_known[own]
    reached = known.shape[1] - known[:, ::-1].argmax(axis=1)
    last[hidden] = grid.length - 1 + np.where(known.any(axis=1), reached, 0)


def _assemble(
    covariates: list[_Laid], names: Sequence[str], grid: Grid, country: str | None, off_calendar: int
) -> Covariates:
    holidays, titles = _holidays(grid, country)
    is_own = [bool(len(one.own.time)) for one in covariates]
    kinds = [[place for place, flag in enumerate(is_own) if flag is wanted] for wanted in (False, True)]
    shared = np.column_stack([*(covariates[place].everywhere for place in kinds[0]), holidays]).astype(np.float32)
    own = np.empty((grid.series_count, grid.width, len(kinds[1])), np.float32)
    own_reach = np.zeros((grid.series_count, len(kinds[1])), np.int64)
    for number, place in enumerate(kinds[1]):
        one = covariates[place]
        own[:, :, number] = one.everywhere
        own[one.own.series, one.own.time, number] = one.own.value
        own_reach[:, number] = one.reach
    reach = [int(covariates[place].reach.max(initial=0)) for place in kinds[0]]
    shared_reach = np.array([*reach, *[grid.horizon] * len(titles)], np.int64)
    return Covariates(
        names=(*(names[place] for place in kinds[0]), *titles, *(names[place] for place in kinds[1])),
        shared=shared,
        own=own,
        shared_reach=shared_reach,
        own_reach=own_reach,
        holidays=len(titles),
        first_ordinal=grid.first_ordinal,
        horizon=grid.horizon,
        off_calendar=off_calendar,
    )


def _holidays(grid: Grid, country: str | None) -> tuple[Singles, tuple[str, ...]]:
    """The public holidays, (T + H, number of titles), and what they are called."""
    ordinals = grid.first_ordinal + np.arange(grid.width)
    first = grid.calendar.first_day(ordinals)
    if country is None:
        return np.zeros((grid.width, 0), np.float32), ()
    if grid.calendar.family in "DB":
        return holiday_columns(first, country), tuple(f"holiday {offset:+d}" for offset in HOLIDAY_OFFSETS)
    return holiday_share(first, grid.calendar.last_day(ordinals), country)[:, None], ("holiday share",)
