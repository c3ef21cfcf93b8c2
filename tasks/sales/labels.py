"""Labels that are midnights of another time zone, read as the dates that they were meant to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.sales.data.calendar import Calendar
from models.sales.data.labels.frequency import resolve_calendar
from nightcast.errors import InputError
from nightcast.values import to_date
from tasks.conversion.midnights import Midnights, clock_times
from tasks.night import Night, SourceRows

Days = NDArray[np.int32]

FIRST_DAYS = ("MS", "QS", "YS")

_REMEDY = "select their dates with [source.{}] query"


def settle_rows(night: Night, rows: SourceRows, midnights: Midnights) -> SourceRows:
    """The rows of the sales before the as-of, with the days that their labels mean.

    Args:
        night: says what it takes.
        rows: with the days on which the labels lie.
        midnights: the times of day of these labels.
    """
    day = settle_days(night, "sales", rows.day, rows.late, midnights, _begins_periods)
    if day is rows.day:
        return rows
    keep, shift = day < night.question.day, int(rows.late.all())
    return replace(
        rows,
        code=rows.code[keep],
        day=day[keep],
        value=rows.value[keep],
        late=rows.late[keep],
        future=Counter({future + shift: number for future, number in rows.future.items()}),
        last_day=max(rows.last_day + shift, int(day.max())),
    )


def settle_days(
    night: Night, source: str, day: Days, late: NDArray[np.bool_], midnights: Midnights, begins: Callable[[Days], float]
) -> Days:
    """The days that labels mean, (m,): those on which they lie, or where they are midnights of another zone the next.

    A time of day without an offset that never changes may be when a shop closes. It is a midnight if only then the
    periods begin on these days.

    Args:
        night: says what it takes, where there is a choice.
        source: the name of the source in messages.
        day: the days on which the labels lie, (m,).
        late: which of them are midnights of the day after, (m,).
        midnights: the times of day of these labels.
        begins: how well days are the first days of periods.
    """
    if not (midnights.times_of_most and late.any()):
        return day
    if not midnights.times:
        night.warn(
            f"most periods of the {source}, but not all, lie at {clock_times(midnights.times_of_most)}, and are read "
            f"as the dates on which they lie; if they are midnights of another time zone, {_REMEDY.format(source)}"
        )
        return day
    meant = (day + late).astype(np.int32)
    before, after = begins(day), begins(meant)
    times, example = clock_times(midnights.times), int(late.argmax())
    if after > before or (after == before and midnights.is_certain):
        night.warn(
            f"the periods of the {source} lie at {times}, and are read as midnights of another time zone: "
            f"{to_date(day[example])} is {to_date(meant[example])}; set [run] timezone to that zone, or load dates"
        )
        return meant
    if after == before:
        night.warn(
            f"the periods of the {source} lie at {times}, and are read as the dates that are written; if they are "
            f"midnights of another time zone, {_REMEDY.format(source)}"
        )
    return day


def _begins_periods(day: Days) -> float:
    """Whether days look like the first days of months, quarters, years or weeks."""
    try:
        frequency = resolve_calendar("auto", day).frequency
    except InputError:
        return 0.0
    return float(frequency == "W-MON" or frequency.partition("-")[0] in FIRST_DAYS)


def share_of_first_days(calendar: Calendar) -> Callable[[Days], float]:
    """A function that says which share of days are the first days of a calendar's periods."""
    return lambda day: float(np.mean(calendar.first_day(calendar.ordinal(day)) == day)) if len(day) else 0.0
