"""The inputs of networks for windows: the recent past, candidates for each step, and the calendar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.common.arrays import Floats, Integers, Singles
from models.sales.data.calendar import Calendar, month_of, weekday
from models.sales.data.lengths import Lengths
from models.sales.data.panel import SalesPanel
from models.sales.features.covariate_scales import CovariateScales
from models.sales.features.same_weeks import CHRISTMAS, in_season
from models.sales.features.scaling import curve, levels, ratios, spreads

LATEST = 4
"""Seasons whose value at the same position is a candidate by itself."""

CANDIDATES = LATEST + 5
"""Candidates for each step, see `candidates`."""

LARGEST_DIFFERENCE = 3.0
"""Differences to the season before, on the network's scale, are cut to this."""

CALENDAR_COLUMNS = {"D": 12, "B": 12, "W": 5, "M": 13, "Q": 5, "Y": 1}
"""Columns of `calendar_columns` for each family of frequencies."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """The network's inputs for n windows.

    Attributes:
        past: Patches of value, whether it is known, the difference to a season before, calendar or covariates,
            (n, look_back / patch, columns patch).
        candidates: Values that step h might repeat, on the network's scale, (n, H, `CANDIDATES`).
        steps: Calendar, covariates and distance of each step, and the spread of the series and its logarithm, the
            spread last, (n, H, columns + covariates' columns + 4).
        level: The factor of the network's outputs, (n,).
    """

    past: Singles
    candidates: Singles
    steps: Singles
    level: Floats

    @property
    def arrays(self) -> list[Singles]:
        """In the order of the network's inputs."""
        return [self.past, self.candidates, self.steps]


def inputs_of(
    panel: SalesPanel,
    lengths: Lengths,
    history: Floats,
    series: Integers,
    origin: Integers,
    yearly: bool,
    scales: CovariateScales,
    anchor: int,
    reach: Integers | None = None,
) -> Inputs:
    """The inputs of windows of a panel.

    Args:
        panel: Gives calendar and covariates.
        lengths: Lengths of the network.
        history: The values before each origin, (n, reach), NaN unknown.
        series: Which row of the panel each window is of, (n,).
        origin: The column of its step 1, (n,).
        yearly: See `build_inputs`.
        scales: Scales of the covariates that the network reads; one that the panel does not have is unknown.
        anchor: See `models.sales.features.same_weeks.season_anchor`.
        reach: See `models.sales.data.covariates.Covariates.window`.
    """
    back, ahead = lengths.look_back, lengths.horizon
    known = panel.covariates
    if known is None:
        covariates = scales.columns(np.zeros((len(series), back + ahead, 0), np.float32), (), back)
    else:
        covariates = scales.columns(known.window(series, origin, back, ahead, reach), known.names, back)
    return build_inputs(history, panel.first_ordinal + origin, panel.calendar, lengths, yearly, covariates, anchor)


def build_inputs(
    history: Floats,
    first_step: Integers,
    calendar: Calendar,
    lengths: Lengths,
    yearly: bool,
    covariates: Singles | None = None,
    anchor: int = CHRISTMAS,
) -> Inputs:
    """All inputs of the network for n windows.

    Args:
        history: The ``lengths.reach`` values before the origin, (n, reach), NaN unknown.
        first_step: Ordinal of step 1, (n,).
        calendar: Calendar of the panel.
        lengths: Lengths of the panel.
        yearly: Whether days and weeks have columns for the time of the year; this needs well over a year of history.
        covariates: Columns of the covariates in the look-back and at the steps, (n, look_back + H, columns).
        anchor: See `models.sales.features.same_weeks.season_anchor`.
    """
    level, back = levels(history, lengths.look_back), lengths.look_back
    ratio = ratios(history, level)
    seasons = in_season(ratio, first_step, calendar, lengths.season, anchor)
    steps = _calendar(first_step, lengths.horizon, calendar, yearly)
    past = [_recent(ratio, lengths)]
    if lengths.patch == 1:  # a longer patch begins at the same place of the season as the steps do
        past.append(_calendar(first_step - back, back, calendar, yearly))
    if covariates is not None:
        past.append(covariates[:, :back])
        steps = np.concatenate([steps, covariates[:, back:]], axis=2)
    return Inputs(
        past=_patches(np.concatenate(past, axis=2), lengths.patch),
        candidates=candidates(seasons, lengths).astype(np.float32),
        steps=_with_distance_and_spread(steps, spreads(ratio, lengths.season), lengths),
        level=level,
    )


def _recent(ratio: Floats, lengths: Lengths) -> Singles:
    """Value, whether it is known, and the difference to the same position a season before, (n, look_back, 3)."""
    back, season = lengths.look_back, lengths.season
    curved = curve(ratio[:, -back - season :])
    value, before = curved[:, season:], curved[:, :-season]
    known = ~np.isnan(value)
    difference = np.clip(value - before, -LARGEST_DIFFERENCE, LARGEST_DIFFERENCE)
    parts = [np.where(known, value, 0.0), known, np.where(np.isnan(difference), 0.0, difference)]
    return np.stack(parts, axis=2).astype(np.float32)


def _patches(columns: Singles, patch: int) -> Singles:
    """Columns (n, look_back, c) as (n, look_back / patch, c patch)."""
    count, length, width = columns.shape
    return columns.reshape(count, length // patch, patch * width)


def candidates(ratio: Floats, lengths: Lengths) -> Floats:
    """For each step the values that it might repeat, on the network's scale, (n, H, `CANDIDATES`).

    The values at the same position of the last `LATEST` seasons; their mean, and the mean over all seasons in reach;
    the mean over the last season and over the look-back; the last known value. An unknown candidate is replaced by the
    next more general one that is known.

    Args:
        ratio: Histories over their levels, (n, reach), NaN unknown.
        lengths: Lengths of the panel.
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


def _calendar(first: Integers, count: int, calendar: Calendar, yearly: bool) -> Singles:
    """Calendar columns of `count` periods from `first` (n,) on, (n, count, columns)."""
    base = int(first.min(initial=2**40)) if len(first) else 0
    span = int(first.max(initial=0)) - base + count if len(first) else 0
    table = calendar_columns(base + np.arange(span), calendar, yearly)  # once for each period, not for each window
    columns: Singles = table[(first - base)[:, None] + np.arange(count)]
    return columns


def _with_distance_and_spread(columns: Singles, spread: Floats, lengths: Lengths) -> Singles:
    """Columns (n, H, c), each step's distance in horizons and in seasons, the spread's logarithm and the spread."""
    horizon = np.arange(lengths.horizon)
    distance = np.stack([horizon / lengths.horizon, horizon // lengths.season / 4], axis=1)
    width = np.stack([np.log(spread), spread], axis=1)[:, None]
    shape = (len(columns), lengths.horizon, 2)
    ahead = np.concatenate([np.broadcast_to(distance, shape), np.broadcast_to(width, shape)], axis=2)
    return np.concatenate([columns, ahead.astype(np.float32)], axis=2)


def calendar_columns(ordinal: Integers, calendar: Calendar, yearly: bool) -> Singles:
    """Where each period lies in its week and year, (n, columns).

    Days: weekday (one-hot), day of month, two waves of the year. Weeks: two waves of the year. Months and quarters:
    one-hot. A constant column opens each, the only one of years.
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
