"""What the network reads, made from windows: the recent past, candidates for each step, and the calendar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.sales.arrays import Floats, Integers, Singles
from models.sales.calendar import Calendar, month_of, weekday
from models.sales.lengths import Lengths
from models.sales.scaling import curve, levels, ratios

LATEST = 4
"""How many of the latest values at the same position of the season are candidates of their own."""

CANDIDATES = LATEST + 5
"""Candidates for each step, see `candidates`."""

CALENDAR_COLUMNS = {"D": 12, "B": 12, "W": 5, "M": 13, "Q": 5, "Y": 1}
"""Columns of `calendar_columns` for each family of frequencies."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """The network's inputs for n windows.

    Attributes:
        past: Patches of value and whether it is known, (n, look_back / patch, 2 patch).
        candidates: Values that step h might repeat, on the network's scale, (n, H, `CANDIDATES`).
        steps: Calendar and distance of each step, (n, H, columns + 2).
        level: What the network's outputs are multiplied with, (n,).
    """

    past: Singles
    candidates: Singles
    steps: Singles
    level: Floats

    @property
    def arrays(self) -> list[Singles]:
        """In the order of the network's inputs."""
        return [self.past, self.candidates, self.steps]


def build_inputs(history: Floats, first_step: Integers, calendar: Calendar, lengths: Lengths, yearly: bool) -> Inputs:
    """Everything the network reads about n windows.

    Args:
        history: The ``lengths.reach`` values before the origin, (n, reach), NaN unknown.
        first_step: Ordinal of step 1, (n,).
        calendar: The panel's.
        lengths: The panel's.
        yearly: Whether days and weeks know their place in the year; only sound with well over a year of history.
    """
    level = levels(history, lengths.look_back)
    ratio = ratios(history, level)
    return Inputs(
        past=_patches(ratio[:, -lengths.look_back :], lengths.patch),
        candidates=candidates(ratio, lengths).astype(np.float32),
        steps=_steps(first_step, calendar, lengths, yearly),
        level=level,
    )


def _patches(ratio: Floats, patch: int) -> Singles:
    known = ~np.isnan(ratio)
    value = np.where(known, curve(np.where(known, ratio, 0.0)), 0.0)
    shape = (len(ratio), -1, patch)
    return np.concatenate([value.reshape(shape), known.reshape(shape)], axis=2).astype(np.float32)


def candidates(ratio: Floats, lengths: Lengths) -> Floats:
    """For each step the values that it might repeat, on the network's scale, (n, H, `CANDIDATES`).

    The values at the same position of the last `LATEST` seasons; the mean of those and the mean over all seasons in
    reach; the mean over the last season and over the look-back; the last known value. What is unknown is filled by the
    next more general one that is known.

    Args:
        ratio: Histories over their levels, (n, reach), NaN unknown.
        lengths: The panel's.
    """
    season, cycles = lengths.season, lengths.cycles
    by_position = ratio[:, -season * cycles :].reshape(len(ratio), cycles, season)[:, ::-1]  # newest season first
    if cycles < LATEST:
        by_position = np.pad(by_position, ((0, 0), (0, LATEST - cycles), (0, 0)), constant_values=np.nan)
    whole = _mean(ratio[:, -lengths.look_back :], 1)[:, None]
    whole = np.where(np.isnan(whole), 0.0, whole)
    recent = _or(_mean(ratio[:, -season:], 1)[:, None], whole)
    last = _or(_last(ratio)[:, None], whole)
    position = _or(_mean(by_position, 1), recent)
    latest = _or(_mean(by_position[:, :LATEST], 1), position)
    seasons = [_or(by_position[:, back], latest) for back in range(LATEST)]
    general = [np.broadcast_to(value, position.shape) for value in (recent, whole, last)]
    table = curve(np.stack([*seasons, latest, position, *general], axis=2))
    return np.asarray(table[:, np.arange(lengths.horizon) % season])


def _mean(values: Floats, axis: int) -> Floats:
    """The mean of what is known, NaN where nothing is."""
    count = np.count_nonzero(~np.isnan(values), axis=axis)
    return np.where(count > 0, np.nansum(values, axis=axis) / np.maximum(count, 1), np.nan)


def _or(value: Floats, otherwise: Floats) -> Floats:
    return np.where(np.isnan(value), otherwise, value)


def _last(ratio: Floats) -> Floats:
    index = ratio.shape[1] - 1 - (~np.isnan(ratio[:, ::-1])).argmax(axis=1)
    return np.asarray(ratio[np.arange(len(ratio)), index])


def _steps(first_step: Integers, calendar: Calendar, lengths: Lengths, yearly: bool) -> Singles:
    """Calendar columns of every step, how far it is, and how many seasons."""
    horizon = np.arange(lengths.horizon)
    base = int(first_step.min(initial=2**40)) if len(first_step) else 0
    span = int(first_step.max(initial=0)) - base + lengths.horizon if len(first_step) else 0
    table = calendar_columns(base + np.arange(span), calendar, yearly)  # once for each period, not for each window
    columns = table[(first_step - base)[:, None] + horizon]
    distance = np.stack([horizon / lengths.horizon, horizon // lengths.season / 4], axis=1)
    shape = (len(first_step), *distance.shape)
    return np.concatenate([columns, np.broadcast_to(distance, shape)], axis=2).astype(np.float32)


def calendar_columns(ordinal: Integers, calendar: Calendar, yearly: bool) -> Singles:
    """Where each period lies in its week and year, (n, columns).

    Days: weekday (one-hot), day of month, two waves of the year. Weeks: two waves of the year. Months and quarters:
    one-hot. A constant column closes each, the only one of years.
    """
    days = calendar.first_day(ordinal)
    parts = [np.ones((len(ordinal), 1))]
    if calendar.family in "DBW":
        parts.append(_waves(days) * yearly)
    if calendar.family in "DB":
        month_day = days - days.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        parts += [month_day[:, None] / 31, np.eye(7)[weekday(days)][:, :6]]
    if calendar.family == "M":
        parts.append(np.eye(12)[month_of(days) % 12])
    if calendar.family == "Q":
        parts.append(np.eye(4)[ordinal % 4])
    return np.concatenate(parts, axis=1).astype(np.float32)


def _waves(days: Integers) -> Floats:
    angle = 2 * np.pi * (days % 365.2425)[:, None] / 365.2425 * np.array([1.0, 2.0])
    return np.concatenate([np.sin(angle), np.cos(angle)], axis=1)
