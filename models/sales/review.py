"""The review of a published forecast, part by part."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from models.common.arrays import Floats
from models.sales.data.calendar import Calendar
from models.sales.data.panel import SalesPanel
from models.sales.forecast import forecast
from models.sales.gate.figures import PastForecast, figures, naive_scale
from models.sales.gate.stretches import stretches_of
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


def review_published(
    panel: SalesPanel, origin: int, mean: Floats, quantiles: Floats, parts: Sequence[str]
) -> list[Evaluation]:
    """The figures of a published forecast, and of seasonal naive from what was known before its step 1.

    Seasonal naive forecasts as it would have been published, with zeros for series that had ended. The figures cover
    the periods with a known value for which both have a forecast; outliers are unknown, as they are in the gate.

    Args:
        panel: What is known now, including outliers and all periods of the parts.
        origin: The ordinal of the forecast's step 1.
        mean: (S, H), by the panel's codes; NaN for series without a forecast.
        quantiles: (S, H, Q).
        parts: The names of the parts to review.

    Returns:
        With each part as the segment: the figures of `models.sales.gate.figures.figures`, and ``series``, the number of
        series that could be evaluated, without a baseline.
    """
    horizon, day = mean.shape[1], int(panel.calendar.first_day(origin))
    if np.isnan(mean).all():
        return [Evaluation(day, part, "series", 0.0, BASELINE, math.nan) for part in parts]
    panel = panel.without_outliers()
    known = panel.before(origin)
    known = replace(known, lengths=replace(known.lengths, horizon=horizon))
    beside = forecast(baseline_of(known), known)
    actual = np.where(np.isnan(mean) | np.isnan(beside.mean), np.nan, panel.observed(origin, horizon))
    scale = naive_scale(known.values, known.lengths.season)
    ours = PastForecast(mean, quantiles, actual, scale)
    theirs = PastForecast(beside.mean, beside.quantiles, actual, scale)
    stretches = {one.name: one for one in stretches_of(panel.calendar.family, horizon)}
    every = [(part, stretches[part]) for part in parts if part != WHOLE]
    reviewed = [(part, stretch.of(ours), stretch.of(theirs)) for part, stretch in every]
    reviewed += [(WHOLE, ours, theirs)] if WHOLE in parts else []
    return [one for part, own, naive in reviewed for one in _compared(day, part, own, naive)]


def _compared(day: int, part: str, ours: PastForecast, theirs: PastForecast) -> Iterator[Evaluation]:
    every, beside = np.ones(len(ours.mean), bool), figures(theirs, np.ones(len(ours.mean), bool))
    for name, value in figures(ours, every).items():
        yield Evaluation(day, part, name, value, BASELINE, beside.get(name, math.nan))
    scored = np.count_nonzero((~np.isnan(ours.actual)).any(axis=1))
    yield Evaluation(day, part, "series", float(scored), BASELINE, math.nan)
