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

from models.common.arrays import Flags, Floats
from models.sales.recipes.constraints import QUANTILES
from models.sales.recipes.statistical.history import bounded, scaled
from models.sales.settings import STATISTICAL

RECIPES = STATISTICAL
RATES = ("croston", "tsb", "adida")
"""Those that know no season and no interval: a rate, around which past errors lie."""

POSITIVE = ("croston", "tsb")
"""Those that know demand or none, and no negative value."""

LONGEST_SEASON = 24
"""From a longer one on, a model with a state for each of its positions is slow and unsure: the season is taken out."""

COLUMNS = ("lo-95", "lo-80", "mean", "hi-80", "hi-95")
"""What the library calls `QUANTILES`."""

WEIGHT = 0.2
"""Of the newest value in both parts of TSB."""


def forecast_histories(recipe: str, values: Floats, season: int, horizon: int) -> tuple[Floats, Floats, Flags]:
    """Forecast some series, each from its own history.

    Args:
        recipe: One of `RECIPES`.
        values: Histories that are `models.sales.recipes.statistical.history.usable`, (n, T), NaN unknown.
        season: Periods.
        horizon: Steps.

    Returns:
        Mean (n, H) and quantiles (n, H, 5), and which the library failed on, (n,): these are NaN.
    """
    histories, level = scaled(values, season)
    unit = np.full((len(values), horizon, len(QUANTILES) + 1), np.nan)
    with (
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
        threadpool_limits(1),
    ):  # else sums differ between machines
        warnings.simplefilter("ignore")
        for place, history in enumerate(histories):
            unit[place] = _attempt(recipe, history[~np.isnan(history)], season, horizon)
        found = unit * level[:, None, None]
    return found[:, :, -1], found[:, :, :-1], np.isnan(unit).any(axis=(1, 2))


def _attempt(recipe: str, history: Floats, season: int, horizon: int) -> Floats:
    """Quantiles and mean side by side, (H, 6); NaN where the library fails, or runs away."""
    try:
        model = make(recipe, season)
        found = _rate(model, history, horizon) if recipe in RATES else _interval(model, history, horizon)
    except Exception:  # whatever it is, other series go on
        return np.full((horizon, len(QUANTILES) + 1), np.nan)
    return found if bounded(found) else np.full(found.shape, np.nan)


def _interval(model: Any, history: Floats, horizon: int) -> Floats:
    found = model.forecast(history, horizon, level=[80, 95])
    return np.stack([*(found[name] for name in COLUMNS), found["mean"]], axis=1).astype(np.float64)


def _rate(model: Any, history: Floats, horizon: int) -> Floats:
    """The rate, and around it the quantiles of its errors one step ahead, which for a rate hold at every step."""
    found = model.forecast(history, horizon, fitted=True)
    spread = np.nanquantile(history - found["fitted"], QUANTILES)
    mean = np.asarray(found["mean"], np.float64)
    return np.concatenate([mean[:, None] + spread, mean[:, None]], axis=1)


def make(recipe: str, season: int) -> Any:
    """The library's model of a recipe, not fitted."""
    from statsforecast import models

    if recipe in RATES:
        rates = {"croston": models.CrostonSBA, "adida": models.ADIDA}
        return rates[recipe]() if recipe in rates else models.TSB(alpha_d=WEIGHT, alpha_p=WEIGHT)
    if recipe == "theta":
        return models.DynamicOptimizedTheta(season_length=season)
    inner = season if season <= LONGEST_SEASON else 1
    model = (
        models.AutoETS(season_length=inner, model="AZZ" if inner == season else "AZN")
        if recipe == "auto_ets"
        else models.AutoARIMA(season_length=inner, approximation=True)
    )
    return model if inner == season else models.MSTL(season_length=season, trend_forecaster=model)
