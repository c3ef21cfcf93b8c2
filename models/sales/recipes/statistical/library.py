"""One history, one model of statsforecast: https://nixtlaverse.nixtla.io/statsforecast/.

`auto_ets`: exponential smoothing with additive errors, its trend and season chosen by AICc (Hyndman et al., 2002).
`theta`: the dynamic optimised theta method (Fiorucci et al., 2016). `auto_arima`: seasonal ARIMA, its orders chosen by
AICc (Hyndman and Khandakar, 2008). For series with many zeros: `croston` in the approximation of Syntetos and Boylan
(2005), `tsb` (Teunter, Syntetos and Babai, 2011) and `adida` (Nikolopoulos et al., 2011), which forecast one rate.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from models.common.arrays import Floats
from models.sales.recipes.model import BANDS, QUANTILES
from models.sales.recipes.statistical.history import bounded, scaled

RATES = ("croston", "tsb", "adida")
"""Recipes without a season and without intervals: they forecast one rate, and past errors give its quantiles."""

POSITIVE = ("croston", "tsb")
"""Recipes that cannot read negative values."""

LONGEST_SEASON = 24
"""A longer season is taken out first (MSTL): a model with a state for each of its positions is slow and unsure."""

CENTRAL = [round(100 * (QUANTILES[high] - QUANTILES[low])) for low, high in BANDS]
"""The shares of the central bands in percent, the widest first."""

COLUMNS = (*(f"lo-{share}" for share in CENTRAL), "mean", *(f"hi-{share}" for share in reversed(CENTRAL)))
"""The library's names for `QUANTILES`."""

SMOOTHING = 0.2
"""Smoothing weight of the newest value in both parts of TSB."""


def forecast_histories(recipe: str, values: Floats, season: int, horizon: int) -> Floats:
    """Forecast some series, each from its own history.

    Args:
        recipe: One of `models.sales.settings.STATISTICAL`.
        values: Histories that are `models.sales.recipes.statistical.history.usable`, (n, T), NaN unknown.
        season: Periods.
        horizon: Steps.

    Returns:
        The quantiles and, last, the mean, (n, H, Q + 1); NaN where the library failed.
    """
    histories, level = scaled(values, season)
    forecasts = np.full((len(values), horizon, len(QUANTILES) + 1), np.nan)
    with warnings.catch_warnings(), np.errstate(all="ignore"), threadpool_limits(1):  # sums of threads differ
        warnings.simplefilter("ignore")
        for place, history in enumerate(histories):
            forecasts[place] = _attempt(recipe, history[~np.isnan(history)], season, horizon)
    return forecasts * level[:, None, None]


def _attempt(recipe: str, history: Floats, season: int, horizon: int) -> Floats:
    """Quantiles and mean side by side, (H, Q + 1); NaN where the library fails or its forecast is not `bounded`."""
    failed = np.full((horizon, len(QUANTILES) + 1), np.nan)
    try:
        model = make(recipe, season)
        forecast = _rate(model, history, horizon) if recipe in RATES else _interval(model, history, horizon)
    except Exception:  # whatever it is, the other series are forecast
        return failed
    return forecast if bounded(forecast) else failed


def _interval(model: Any, history: Floats, horizon: int) -> Floats:
    forecast = model.forecast(history, horizon, level=CENTRAL)
    return np.stack([*(forecast[name] for name in COLUMNS), forecast["mean"]], axis=1).astype(np.float64)


def _rate(model: Any, history: Floats, horizon: int) -> Floats:
    """The rate, and around it the quantiles of its errors one step ahead, which hold at every step for a rate."""
    forecast = model.forecast(history, horizon, fitted=True)
    spread = np.nanquantile(history - forecast["fitted"], QUANTILES)
    mean = np.asarray(forecast["mean"], np.float64)
    return np.concatenate([mean[:, None] + spread, mean[:, None]], axis=1)


def make(recipe: str, season: int) -> Any:
    """The library's unfitted model of a recipe."""
    from statsforecast import models

    if recipe in RATES:
        rates = {"croston": models.CrostonSBA, "adida": models.ADIDA}
        return rates[recipe]() if recipe in rates else models.TSB(alpha_d=SMOOTHING, alpha_p=SMOOTHING)
    if recipe == "theta":
        return models.DynamicOptimizedTheta(season_length=season)
    inner = season if season <= LONGEST_SEASON else 1
    model = (
        models.AutoETS(season_length=inner, model="AZZ" if inner == season else "AZN")
        if recipe == "auto_ets"
        else models.AutoARIMA(season_length=inner, approximation=True)
    )
    return model if inner == season else models.MSTL(season_length=season, trend_forecaster=model)
