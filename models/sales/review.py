"""The review of a published forecast, once its last period is wholly known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from models.common.arrays import Floats
from models.sales.data.panel import SalesPanel
from models.sales.forecast import forecast
from models.sales.gate.figures import PastForecast, figures, naive_scale
from models.sales.recipes.seasonal_naive import RECIPE as BASELINE
from models.sales.recipes.seasonal_naive import baseline_of
from nightcast.values import Evaluation


def review_published(panel: SalesPanel, origin: int, mean: Floats, quantiles: Floats) -> list[Evaluation]:
    """The figures of a published forecast, and of seasonal naive from what was known before its step 1.

    Seasonal naive forecasts as it would have been published, with zeros for series that had ended. The figures cover
    the periods with a known value for which both have a forecast; outliers are unknown, as they are in the gate.

    Args:
        panel: What is known now, including all of the forecast's periods.
        origin: The ordinal of the forecast's step 1.
        mean: (S, H), by the panel's codes; NaN for series without a forecast.
        quantiles: (S, H, Q).

    Returns:
        The figures of `models.sales.gate.figures.figures` as the segment ``all``, and ``series``, the number of series
        that could be evaluated, without a baseline.
    """
    horizon, day = mean.shape[1], int(panel.calendar.first_day(origin))
    if np.isnan(mean).all():
        return [Evaluation(day, "all", "series", 0.0, BASELINE, math.nan)]
    panel = panel.without_outliers()
    known = panel.before(origin)
    known = replace(known, lengths=replace(known.lengths, horizon=horizon))
    beside = forecast(baseline_of(known), known)
    actual = np.where(np.isnan(mean) | np.isnan(beside.mean), np.nan, panel.observed(origin, horizon))
    scale, every = naive_scale(known.values, known.lengths.season), np.ones(panel.series_count, bool)
    ours = figures(PastForecast(mean, quantiles, actual, scale), every)
    theirs = figures(PastForecast(beside.mean, beside.quantiles, actual, scale), every)
    scored = float(np.count_nonzero((~np.isnan(actual)).any(axis=1)))
    return [
        *(Evaluation(day, "all", name, value, BASELINE, theirs.get(name, math.nan)) for name, value in ours.items()),
        Evaluation(day, "all", "series", scored, BASELINE, math.nan),
    ]
