"""The review of a published forecast, part by part."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.common.arrays import Flags, Floats
from models.sales.data.calendar import Calendar
from models.sales.data.panel import SalesPanel
from models.sales.forecast import forecast
from models.sales.gate.figures import PastForecast, figures, naive_scale
from models.sales.gate.stretches import stretches_of
from models.sales.recipes.model import BANDS, MEDIAN
from models.sales.recipes.seasonal_naive import RECIPE as BASELINE
from models.sales.recipes.seasonal_naive import baseline_of
from nightcast.values import WHOLE, Evaluation, Part


def parts_of(calendar: Calendar, origin: int, horizon: int) -> list[Part]:
    """The parts of a forecast: each stretch of its steps, and the whole.

    Args:
        calendar: The calendar of its periods.
        origin: The ordinal of step 1.
        horizon: The number of steps, at least 1.
    """
    ends = {one.name: one.last for one in stretches_of(calendar.family, horizon)} | {WHOLE: horizon}
    return [Part(name, int(calendar.last_day(origin + last - 1))) for name, last in ends.items()]


@dataclass(frozen=True, eq=False)
class Reviewed:
    """A published forecast beside its outcome, and beside seasonal naive's.

    Attributes:
        day: The first day of step 1, days since 1970-01-01.
        family: The family of the calendar: D, B, W, M, Q or Y.
        ours: The published forecast.
        theirs: Seasonal naive's, from what was known before step 1; None without any published forecast.
    """

    day: int
    family: str
    ours: PastForecast
    theirs: PastForecast | None


def beside_outcome(panel: SalesPanel, origin: int, mean: Floats, quantiles: Floats) -> Reviewed:
    """A published forecast beside its outcome, and beside seasonal naive from what was known before its step 1.

    Seasonal naive forecasts as it would have been published, with zeros for series that had ended. What counts are
    the periods with a known value for which both have a forecast; outliers are unknown, as they are in the gate.

    Args:
        panel: What is known now, including outliers and all periods to review.
        origin: The ordinal of the forecast's step 1.
        mean: (S, H), by the panel's codes; NaN for series without a forecast.
        quantiles: (S, H, Q).
    """
    horizon, day, family = mean.shape[1], int(panel.calendar.first_day(origin)), panel.calendar.family
    if np.isnan(mean).all():
        return Reviewed(day, family, PastForecast(mean, quantiles, mean, np.full(len(mean), np.nan)), None)
    panel = panel.without_outliers()
    known = panel.before(origin)
    known = replace(known, lengths=replace(known.lengths, horizon=horizon))
    beside = forecast(baseline_of(known), known)
    actual = np.where(np.isnan(mean) | np.isnan(beside.mean), np.nan, panel.observed(origin, horizon))
    scale = naive_scale(known.values, known.lengths.season)
    ours = PastForecast(mean, quantiles, actual, scale)
    return Reviewed(day, family, ours, PastForecast(beside.mean, beside.quantiles, actual, scale))


def figures_of(reviewed: Reviewed, parts: Sequence[str]) -> list[Evaluation]:
    """The figures of parts of a forecast.

    Returns:
        With each part as the segment: the figures of `models.sales.gate.figures.figures`, and ``series``, the number of
        series that could be evaluated, without a baseline.
    """
    day, ours, theirs = reviewed.day, reviewed.ours, reviewed.theirs
    if theirs is None:
        return [Evaluation(day, part, "series", 0.0, BASELINE, math.nan) for part in parts]
    stretches = {one.name: one for one in stretches_of(reviewed.family, ours.mean.shape[1])}
    every = [(part, stretches[part]) for part in parts if part != WHOLE]
    compared = [(part, stretch.of(ours), stretch.of(theirs)) for part, stretch in every]
    compared += [(WHOLE, ours, theirs)] if WHOLE in parts else []
    return [one for part, own, naive in compared for one in _compared(day, part, own, naive)]


SERIES_METRICS = ("mae", "mase", "bias", "coverage_80")
"""The scores of single series."""


def series_scores(past: PastForecast) -> Floats:
    """The scores of each series over all steps with a known value, (S, M); NaN where there is none.

    In the order of `SERIES_METRICS`: the median's mean absolute error; the same in units of seasonal naive's in the
    history (Hyndman and Koehler, 2006), NaN without one; the mean of forecast less value, above 0 where too much was
    forecast; the share of values in the 80 % band.
    """
    known, (low, high) = past.known, BANDS[1]
    count = known.sum(axis=1)

    def mean_of(values: Floats | Flags) -> Floats:
        total = np.sum(values, axis=1, where=known, dtype=np.float64)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    error = mean_of(np.abs(past.actual - past.quantiles[:, :, MEDIAN]))
    scaled = np.where(past.scale > 0, error / np.where(past.scale > 0, past.scale, 1.0), np.nan)
    inside = (past.actual >= past.quantiles[:, :, low]) & (past.actual <= past.quantiles[:, :, high])
    return np.stack([error, scaled, mean_of(past.mean - past.actual), mean_of(inside)], axis=1)


def _compared(day: int, part: str, ours: PastForecast, theirs: PastForecast) -> Iterator[Evaluation]:
    every, beside = np.ones(len(ours.mean), bool), figures(theirs, np.ones(len(ours.mean), bool))
    for name, value in figures(ours, every).items():
        yield Evaluation(day, part, name, value, BASELINE, beside.get(name, math.nan))
    scored = np.count_nonzero((~np.isnan(ours.actual)).any(axis=1))
    yield Evaluation(day, part, "series", float(scored), BASELINE, math.nan)
