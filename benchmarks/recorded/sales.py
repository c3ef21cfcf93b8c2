"""The recipes of sales, each fitted, saved and loaded with small settings, and small nights of other frequencies.

Every call into the models stands in `_panel`, `_forecast` and `_selected`, so that a change of their interface is made
there once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from models.sales.recipes.model import SalesModel, load_model

from benchmarks.recorded.comparison import Forecasts
from benchmarks.recorded.shop import as_of_day, promotion_rows, sales_rows
from models.common.selection import no_progress
from models.sales.data.covariates import build_covariates
from models.sales.data.panel import SalesPanel, build_panel
from models.sales.forecast import forecast
from models.sales.gate.select import select
from models.sales.recipes.registry import RECIPES
from models.sales.settings import SalesSettings

SEED = 3
EARLIER_DAYS = 56
"""How much earlier the first of two trainings stands, from which the second goes on."""


def _settings(**given: Any) -> SalesSettings:
    return SalesSettings.model_validate({"units": 8, "members": 2, "steps": 60, "refit_steps": 30, **given})


def _panel(settings: SalesSettings, frequency: str = "D", promotions: bool = False) -> SalesPanel:
    """The shop's series; those of other frequencies are sums of the days."""
    series, day, value = sales_rows()
    if frequency == "B":
        weekday = (day + 3) % 7 < 5
        series, day, value = series[weekday], day[weekday], value[weekday]
    elif frequency != "D":
        series, day, value = _summed(frequency)
    count = int(series.max()) + 1
    panel = build_panel(series, day, value, count, as_of_day(), frequency=frequency, settings=settings)
    if not promotions and settings.country is None:
        return panel
    codes, days, shares = promotion_rows()
    kinds = np.zeros(len(codes), np.int64)
    return replace(
        panel, covariates=build_covariates(codes, days, kinds, shares, ("promotion",), panel, settings.country)
    )


def _summed(frequency: str) -> tuple[Any, Any, Any]:
    """Sums over whole months ("MS") or weeks from Monday on, labelled with their first day."""
    series, day, value = sales_rows()
    dates = day.astype("datetime64[D]")
    first = (
        dates.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        if frequency == "MS"
        else day - (day + 3) % 7
    )
    pairs, place = np.unique(np.column_stack([series, first]), axis=0, return_inverse=True)
    return pairs[:, 0], pairs[:, 1], np.bincount(place.ravel(), weights=value)


def _forecast(recipe: str, panel: SalesPanel, settings: SalesSettings) -> Forecasts:
    """What a recipe forecasts that was fitted at an earlier origin, and from there at the as-of."""
    earlier = panel.before(panel.end - EARLIER_DAYS)
    model = RECIPES[recipe](earlier, settings, SEED, no_progress, None)
    return _from_artifact(RECIPES[recipe](panel, settings, SEED, no_progress, model), panel, settings)


def _selected(panel: SalesPanel, settings: SalesSettings) -> Forecasts:
    """What the winner of the gate forecasts."""
    selection = select(panel, settings, SEED)
    return _from_artifact(selection.model, panel, settings)


def _from_artifact(model: SalesModel, panel: SalesPanel, settings: SalesSettings) -> Forecasts:
    with tempfile.TemporaryDirectory(prefix="nightcast-") as folder:
        model.save(Path(folder))
        made = forecast(load_model(Path(folder)), panel, settings)
    return {"mean": made.mean, "quantiles": made.quantiles, "status": made.status.astype(np.str_)}


def _network(recipe: str, promotions: bool = False, **given: Any) -> Forecasts:
    settings = _settings(**given)
    return _forecast(recipe, _panel(settings, promotions=promotions), settings)


def _gate(frequency: str, **given: Any) -> Forecasts:
    settings = _settings(**{"models": ["seasonal_lstm", "theta"], "origins": 1, **given})
    return _selected(_panel(settings, frequency), settings)


PREPARED = {"preparation": ("logarithm", "detrend", "seasonal_adjust", "maximum_scale")}
DIFFERENCED = {"preparation": ("seasonal_difference", "range_scale")}

VARIANTS: dict[str, Callable[[], Forecasts]] = {
    "seasonal_lstm": partial(_network, "seasonal_lstm"),
    "seasonal_lstm, promotions and holidays": partial(_network, "seasonal_lstm", True, country="GB"),
    "lstm of two layers, prepared": partial(_network, "lstm", layers=2, **PREPARED),
    "lstm, stateful": partial(_network, "lstm", stateful=True, batch_size=8, framing="window"),
    "seq2seq, differenced": partial(_network, "seq2seq", **DIFFERENCED),
    "seq2seq_luong, prepared": partial(_network, "seq2seq_luong", **PREPARED),
    "lstm_local": partial(_network, "lstm_local"),
    "auto_ets": partial(_network, "auto_ets", horizon=7),
    "theta": partial(_network, "theta", horizon=7),
    "croston": partial(_network, "croston", horizon=7),
    "tsb": partial(_network, "tsb", horizon=7),
    "weekly gate": partial(_gate, "W-MON", horizon=4, season=13),
    "monthly gate": partial(_gate, "MS", horizon=3, season=6, look_back=6, minimum_observations=8),
    "gate of business days": partial(_gate, "B", horizon=5, season=10),
}
"""By name."""
