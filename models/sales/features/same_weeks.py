"""The same weeks of earlier years: weekly seasons follow the calendar, not a count of 52 weeks.

Between two weeks that hold 25 December lie 52 weeks, but every fifth or sixth time 53. Weeks near Christmas are counted
from the week that holds it, all others correspond to the week that holds the same date.
"""

from __future__ import annotations

import numpy as np

from models.common.arrays import Floats, Integers
from models.sales.data.calendar import Calendar, month_of, month_start
from models.sales.data.panel import SalesPanel
from models.sales.features.scaling import level_of

WEEKS = 52
"""The season to which this applies."""

NEAR = 3
"""Weeks on each side of Christmas that are counted from it."""

CHRISTMAS = 25
"""The day of December that these weeks are counted from, if the past does not speak for another."""

ANCHORS = range(20, 27)
"""The days that it may speak for: the last days before Christmas, when presents are bought."""

CLEARLY = 0.9
"""An error has to be smaller than this share of that of 25 December."""


def follows_weeks(calendar: Calendar, season: int) -> bool:
    """Whether a season is one of weeks in a year."""
    return calendar.family == "W" and season == WEEKS


def season_columns(first_step: Integers, back: int, calendar: Calendar, anchor: int) -> Integers:
    """For each period before a step 1, the one to read in its place, as columns of the history, (n, back).

    The period ``52 k - j`` before step 1 is replaced by that which corresponds to step ``1 + j`` k years earlier, so
    that what repeats after 52 periods repeats after a year. Negative where the history does not reach.

    Args:
        first_step: The ordinals of step 1, (n,).
        back: Periods of the history before it.
        calendar: A calendar of weeks.
        anchor: The day of December that the weeks around Christmas are counted from.
    """
    places = np.arange(-back, 0)
    step = places % WEEKS
    origins, which = np.unique(first_step, return_inverse=True)
    ordinal = origins[:, None] + step
    years = np.broadcast_to((step - places) // WEEKS, ordinal.shape)
    columns = same_week(ordinal, years, calendar, anchor) - origins[:, None] + back
    return np.asarray(columns[which])


def in_season(history: Floats, first_step: Integers | int, calendar: Calendar, season: int, anchor: int) -> Floats:
    """Histories (n, back) in which what repeats each year repeats after a season; NaN where they do not reach.

    Args:
        history: Values before each step 1, (n, back).
        first_step: The ordinals of step 1, (n,), or one for all.
        calendar: The periods' calendar.
        season: Periods; only a season of `WEEKS` weeks is changed.
        anchor: See `season_anchor`.
    """
    if not follows_weeks(calendar, season) or not history.shape[1]:
        return history
    columns = season_columns(np.atleast_1d(first_step), history.shape[1], calendar, anchor)
    columns = np.broadcast_to(columns, history.shape)
    values = np.take_along_axis(history, np.maximum(columns, 0), axis=1)
    return np.where(columns >= 0, values, np.nan)


def same_week(ordinal: Integers, years: Integers, calendar: Calendar, anchor: int) -> Integers:
    """The week that corresponds to each week so many years earlier, (n,)."""
    middle = calendar.first_day(ordinal) + 3
    month = month_of(middle)
    same_date = calendar.ordinal(month_start(month - 12 * years) + middle - month_start(month))
    weeks, year = _from_christmas(ordinal, calendar, anchor)
    same_distance = _christmas(year - years, calendar, anchor) + weeks
    return np.where(np.abs(weeks) <= NEAR, same_distance, same_date)


def _from_christmas(ordinal: Integers, calendar: Calendar, anchor: int) -> tuple[Integers, Integers]:
    """The weeks from the nearest Christmas to each week, and the year of that Christmas since 1970, (n,) each."""
    year = (month_of(calendar.first_day(ordinal) + 3) - 6) // 12
    return ordinal - _christmas(year, calendar, anchor), year


def _christmas(year: Integers, calendar: Calendar, anchor: int) -> Integers:
    """The week that holds this day of December, years since 1970."""
    return calendar.ordinal(month_start(year * 12 + 11) + anchor - 1)


def season_anchor(panel: SalesPanel) -> int:
    """The day of December by which the weeks around Christmas have repeated best, over all series of a panel.

    As long as 52 weeks lay between these weeks for all of the days, nothing speaks for another one than 25 December.
    """
    if not follows_weeks(panel.calendar, panel.lengths.season) or panel.length <= WEEKS + 1:
        return CHRISTMAS
    errors = {anchor: _error(panel, anchor) for anchor in ANCHORS}
    best = min(errors, key=lambda anchor: (errors[anchor], abs(anchor - CHRISTMAS)))
    return best if errors[best] < CLEARLY * errors[CHRISTMAS] else CHRISTMAS


def _error(panel: SalesPanel, anchor: int) -> float:
    """How far the weeks around Christmas lay from those of the year before, each series in units of its level."""
    ordinals = panel.first_ordinal + np.arange(WEEKS + 1, panel.length)
    ordinals = ordinals[np.abs(_from_christmas(ordinals, panel.calendar, CHRISTMAS)[0]) <= NEAR]
    before = same_week(ordinals, np.ones(len(ordinals), np.int64), panel.calendar, anchor)
    now, then, total = ordinals - panel.first_ordinal, before - panel.first_ordinal, 0.0
    for part in panel.chunks:
        values, level = panel.values[part], level_of(panel.values[part])
        error = np.abs(values[:, now] - values[:, then])[level > 0]
        total += float(np.nansum(error / level[level > 0, None]))
    return total
